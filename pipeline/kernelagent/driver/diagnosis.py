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
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import KernelAgentError

KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LLM_RELAY_API_KEY")
"""Environment variables whose presence is reported; their values never are."""

_LOW_DISK_BYTES = 1 << 30


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
            findings += _from_worker(pool.call("probe", {}, flavor="compile", timeout_s=120.0))
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


def _from_worker(found: dict[str, Any]) -> list[Finding]:
    problems = found.get("problems", {})
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
    layers = found.get("sandbox", [])
    if layers:
        findings.append(Finding("sandbox", "ok", ", ".join(layers)))
    else:
        findings.append(
            Finding(
                "sandbox",
                "warn",
                f"no layer works here {problems.get('sandbox', '')}".rstrip(),
                "Allow unprivileged user namespaces, or install bubblewrap.",
            )
        )
    return findings


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
