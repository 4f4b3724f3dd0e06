"""NVIDIA's compute-sanitizer over a candidate on a GPU: where it is, and a run of it as evidence.

memcheck looks at every access to global memory; racecheck at shared memory, which Triton's compiler lays out.
"""

from __future__ import annotations

import glob
import math
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import from_json
from kernelagent.driver.evidence import Sanitized
from kernelagent.driver.sanitizer_log import parse
from kernelagent.errors import (
    GpuNotFound,
    InternalError,
    SanitizerFailed,
    SanitizerNotFound,
    TimedOut,
    WorkerDied,
)

TOOLS = ("memcheck", "racecheck")
LIMIT_S = 300.0
"""For each tool, over all cases."""
_NAME = "compute-sanitizer"


def require(gpu: Mapping[str, Any] | None, interpreter: str) -> Path:
    """The tool's path. Raises ``GpuNotFound`` without a GPU, ``SanitizerNotFound`` without the tool."""
    if not gpu:
        raise GpuNotFound("compute-sanitizer watches a kernel on a GPU, and PyTorch sees none here.")
    if not str(gpu.get("arch", "")).startswith("sm_"):
        raise SanitizerNotFound(f"compute-sanitizer is for NVIDIA's GPUs; this is {gpu.get('name')}.", hint="")
    found = find(interpreter)
    if found is None:
        raise SanitizerNotFound("compute-sanitizer is not installed here.")
    return found


def find(interpreter: str, environ: Mapping[str, str] | None = None) -> Path | None:
    """On PATH, in the CUDA toolkit's usual places, or among the interpreter's packages."""
    given = os.environ if environ is None else environ
    on_path = shutil.which(_NAME, path=given.get("PATH", ""))
    if on_path is not None:
        return Path(on_path)
    toolkits = [given[name] for name in ("CUDA_HOME", "CUDA_PATH") if given.get(name)]
    toolkits += ["/usr/local/cuda", "/opt/cuda", *sorted(glob.glob("/usr/local/cuda-*"), reverse=True)]
    places = [Path(root, part, _NAME) for root in toolkits for part in ("bin", _NAME, "extras/compute-sanitizer")]
    packages = Path(interpreter).absolute().parent.parent / "lib"
    places += [Path(found) for found in sorted(glob.glob(f"{packages}/python*/site-packages/nvidia/*/bin/{_NAME}"))]
    return next((place for place in places if place.is_file() and os.access(place, os.X_OK)), None)


def arguments(
    tool: Path,
    kernel: Path,
    inputs_dir: Path,
    folder: Path,
    expected_dir: Path,
    *,
    limit_s: float,
    shut_in: Mapping[str, str],
    device: str = "cuda",
) -> dict[str, Any]:
    """What the task ``sanitize`` is told. ``folder`` is made, and is all that it may write to."""
    folder.mkdir(parents=True)
    policy: dict[str, Any] = {
        "scratch": str(folder),
        "hide": [str(expected_dir)],
        "cpu_seconds": math.ceil(limit_s) * 4,
        "gpu": True,
        "own_channels": True,
        **shut_in,
    }
    return {
        "executable": str(tool),
        "tools": list(TOOLS),
        "kernel": str(kernel),
        "inputs_dir": str(inputs_dir),
        "scratch": str(folder),
        "device": device,
        "flavor": "interpret" if device == "cpu" else "compile",
        "limit_s": limit_s,
        "policy": policy,
    }


def watch(call: Callable[[float], dict[str, Any]], limit_s: float) -> tuple[Sanitized, ...]:
    """Run the task by ``call``, which is given the time that all of it may take. Raises ``SanitizerFailed``."""
    try:
        return _evidence(call(limit_s * len(TOOLS) + 60.0))
    except (TimedOut, WorkerDied, InternalError) as exc:
        raise SanitizerFailed(f"compute-sanitizer could not watch the kernel: {exc.message}") from exc
    except (ValueError, KeyError, TypeError) as exc:  # the candidate can reach what it writes
        raise SanitizerFailed(f"compute-sanitizer left no report: {exc}") from exc


def _evidence(value: Mapping[str, Any]) -> tuple[Sanitized, ...]:
    """What the task reported. Raises ``SanitizerFailed`` where a tool did not do its work, for then nothing was looked
    at; ``ValueError`` for what is no report."""
    runs = tuple(from_json(Sanitized, run) for run in value["runs"])
    for run in runs:
        log = parse(run.log)
        looked = log.errors is not None or log.findings or run.ended == "too late"
        if log.trouble or not looked:
            said = log.trouble or _last_line(run.last_words) or "it wrote no summary"
            error = SanitizerFailed(f"compute-sanitizer's {run.tool} could not watch the kernel: {said}.")
            error.details = f"{run.log[-4000:]}\n{run.last_words}"
            raise error
    return runs


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
