"""One benchmark at a time on a GPU, whoever runs it: the file that stands for the device."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from kernelagent.contract.options import Options
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.workers import WorkerPool

_WAIT_S = 300.0


def turn_file(pool: WorkerPool, cancel: CancelToken) -> Path | None:
    """In the folder for temporary files that all users share; ``None`` where there is no GPU.

    Named after the device itself, so that two processes that count their GPUs from other beginnings
    (``CUDA_VISIBLE_DEVICES``) mean the same file, and two GPUs never wait for each other.
    """
    gpus = pool.call("probe", {}, flavor="compile", cancel=cancel)["gpus"]
    return file_of(gpus[0]) if gpus else None


def file_of(gpu: dict[str, Any]) -> Path:
    """``gpu``: as the task ``probe`` tells of it."""
    name = re.sub(r"[^A-Za-z0-9-]+", "-", str(gpu.get("uuid") or gpu["name"]))[:80]
    return Path(tempfile.gettempdir()) / f"kernelagent-{name}.lock"


def longest_wait(options: Options) -> float:
    """Seconds: five minutes, or the budget where that is more."""
    return max(_WAIT_S, options.budget_seconds or 0.0)
