"""Task ``probe``: what the user's interpreter can do. Versions, GPUs, and whether Triton imports."""

from __future__ import annotations

import platform
import sys
from typing import Any

from kernelagent.worker.tasks import Emit


def run(args: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """``{}`` → ``{python, executable, platform, torch, triton, numpy, gpus, sandbox, problems}``."""
    del args, emit
    import torch

    problems: dict[str, str] = {}
    found: dict[str, Any] = {
        "python": sys.version.split()[0],
        "executable": sys.executable,
        "platform": platform.platform(),
        "torch": torch.__version__,
        "triton": None,
        "numpy": None,
    }
    for name in ("triton", "numpy"):
        try:
            found[name] = str(__import__(name).__version__)
        except ImportError as exc:
            problems[name] = str(exc)
    found["gpus"] = _gpus(torch)
    found["sandbox"] = _sandbox_layers(problems)
    return {**found, "problems": problems}


def _gpus(torch: Any) -> list[dict[str, Any]]:
    from kernelagent.worker.measure.architecture import architecture

    if not torch.cuda.is_available():
        return []
    devices = []
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        devices.append(
            {
                "name": properties.name,
                "arch": architecture(properties),
                "memory_bytes": properties.total_memory,
                "uuid": str(getattr(properties, "uuid", "")),  # not before PyTorch 2.5, nor for every device
            }
        )
    return devices


def _sandbox_layers(problems: dict[str, str]) -> list[str]:
    try:
        from kernelagent.worker.sandbox import layers_available
    except ImportError as exc:
        problems["sandbox"] = str(exc)
        return []
    return list(layers_available())
