"""Which GPUs a run would find here, told without PyTorch, which takes seconds to say it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from kernelagent.contract.options import Options
from kernelagent.driver.environment import worker_environment

_DECIDE = ("PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "CONDA_PREFIX")
_PREFIXES = ("CUDA_", "NVIDIA_", "HIP_", "ROCM_", "ROCR_", "HSA_", "TRITON_", "TORCH", "PYTORCH_")


def machine_of(options: Options, root: Path = Path("/")) -> str | None:
    """What an answer hangs on of this machine, as text; ``None`` where it can't be told. ``root`` holds ``dev``,
    ``proc`` and ``sys``."""
    if options.device == "cpu":
        return "cpu"
    if sys.platform == "darwin":
        return "no Triton"
    if not sys.platform.startswith("linux"):
        return None
    nvidia = sorted(_text(file) for file in _glob(root / "proc/driver/nvidia/gpus", "*/information"))
    has_device = any(_glob(root / "dev", "nvidia[0-9]*")) or (root / "dev/dxg").exists()
    if has_device and not nvidia:
        return None
    amd = sorted(_text(file) for file in _glob(root / "sys/class/kfd/kfd/topology/nodes", "*/properties"))
    others = sorted(file.name for file in _glob(root / "dev/dri", "renderD*"))
    told = [*nvidia, _text(root / "proc/driver/nvidia/version"), *amd, *others]
    return "\n".join(text for text in told if text)


def environment_of(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables that decide what a worker imports and how it compiles."""
    seen = worker_environment(environ)
    return {name: value for name, value in seen.items() if name in _DECIDE or name.startswith(_PREFIXES)}


def _glob(folder: Path, pattern: str) -> list[Path]:
    with contextlib.suppress(OSError):
        return list(folder.glob(pattern)) if os.path.isdir(folder) else []
    return []


def _text(file: Path) -> str:
    with contextlib.suppress(OSError):
        return file.read_text(encoding="utf-8", errors="replace")
    return ""
