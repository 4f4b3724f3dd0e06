"""What this environment can do: one finding for each thing, with the remedy for what is missing."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kernelagent import __version__
from kernelagent.contract.options import Options
from kernelagent.driver.interpreter import Interpreter, find_interpreter, probe, require
from kernelagent.driver.isolation import choose
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import KernelAgentError

KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LLM_RELAY_API_KEY")
"""Environment variables whose presence is reported; their values never are."""

_LOW_DISK_BYTES = 1 << 30
ALL_LAYERS = 11
"""Of the sandbox (docs/verification.md), without bubblewrap."""
_NAMESPACES = (
    "Allow user namespaces: as root, `sysctl kernel.unprivileged_userns_clone=1` (Debian) or `sysctl "
    "kernel.apparmor_restrict_unprivileged_userns=0` (Ubuntu); for a container, `--security-opt seccomp=unconfined`."
)


@dataclass(frozen=True)
class Finding:
    name: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    remedy: str = ""


@dataclass(frozen=True)
class Diagnosis:
    version: str
    findings: tuple[Finding, ...]


def diagnose(file: Path, options: Options) -> Diagnosis:
    """Look at everything; nothing raises, each failure is a finding."""
    findings = [Finding("kernelagent", "ok", f"{__version__} on Python {platform.python_version()} ({sys.executable})")]
    interpreter: Interpreter | None = None
    try:
        interpreter = probe(*find_interpreter(file, options.interpreter))
        findings.append(Finding("interpreter", "ok", f"{interpreter.path} (from {interpreter.origin})"))
        findings += _versions(interpreter)
        require(interpreter)
        with WorkerPool(interpreter.path) as pool:
            found = pool.call("probe", {}, flavor="compile", timeout_s=120.0)
            findings += _from_worker(found, interpreter.path)
    except KernelAgentError as exc:
        findings.append(Finding("worker" if interpreter else "interpreter", "fail", exc.message, exc.remedy))
    findings += [_key(name) for name in KEYS]
    findings += [_disk(Path.cwd(), "disk"), _disk(_cache_folder(), "Triton's cache")]
    return Diagnosis(__version__, tuple(findings))


def _versions(interpreter: Interpreter) -> list[Finding]:
    rows = (
        ("Python", interpreter.python, "Use Python 3.10 or newer."),
        ("torch", interpreter.torch, "pip install torch"),
        ("triton", interpreter.triton, "pip install triton (Linux; on macOS kernels can be written, not verified)"),
        ("numpy", interpreter.numpy, "pip install numpy"),
    )
    return [
        Finding(name, "ok", version) if version else Finding(name, "fail", "not installed there", remedy)
        for name, version, remedy in rows
    ]


def _from_worker(found: dict[str, Any], interpreter: str) -> list[Finding]:
    findings = [Finding("worker", "ok", f"starts and runs on {found['platform']}")]
    gpus = found.get("gpus", [])
    if gpus:
        named = ", ".join(f"{gpu['name']} ({gpu['arch']}, {gpu['memory_bytes'] / 2**30:.0f} GiB)" for gpu in gpus)
        findings.append(Finding("GPU", "ok", named))
    else:
        findings.append(
            Finding(
                "GPU",
                "warn",
                "none: kernels run in Triton's interpreter and are compiled ahead of time",
                "Nothing is needed to start. For `bench`, use a machine with a GPU and a CUDA or ROCm build of torch.",
            )
        )
    return [*findings, _sandbox(found, interpreter)]


def _sandbox(found: dict[str, Any], interpreter: str) -> Finding:
    """The level in force, its layers, and how to raise it."""
    isolation = choose("auto", interpreter)
    layers = found.get("sandbox", [])
    problem = found.get("problems", {}).get("sandbox", "")
    held = f"in force: {', '.join(layers)}" if layers else f"no layer works here {problem}"
    detail = f"{isolation.level}, since {isolation.why}; {held.rstrip()}"
    if isolation.level == "namespaces" and len(layers) >= ALL_LAYERS:
        return Finding("sandbox", "ok", detail)
    if isolation.level == "bubblewrap":
        remedy = "Nothing is needed; with namespaces of its own (below) a verdict starts seconds sooner."
        return Finding("sandbox", "ok", detail, f"{remedy} {_NAMESPACES}")
    remedy = _NAMESPACES if isolation.level == "namespaces" else f"Install bubblewrap, or: {_NAMESPACES}"
    return Finding("sandbox", "warn", detail, remedy)


def _key(name: str) -> Finding:
    if os.environ.get(name):
        return Finding(name, "ok", "set")
    return Finding(name, "ok", "not set; not needed: the built-in synthesizer uses none")


def _disk(folder: Path, name: str) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as exc:
        return Finding(
            name,
            "warn",
            f"{folder} cannot be written: {exc.strerror or exc}",
            "Pass --run-dir, or set TRITON_CACHE_DIR.",
        )
    if free < _LOW_DISK_BYTES:
        return Finding(name, "warn", f"{free / 2**20:.0f} MiB free at {folder}", "Free some disk space.")
    return Finding(name, "ok", f"{free / 2**30:.0f} GiB free at {folder}")


def _cache_folder() -> Path:
    chosen = os.environ.get("TRITON_CACHE_DIR")
    return Path(chosen) if chosen else Path.home() / ".triton" / "cache"
