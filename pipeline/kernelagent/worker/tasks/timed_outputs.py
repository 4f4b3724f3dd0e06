"""Task ``timed_outputs``: whether the kernel, when it had been timed, still gave what the module gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kernelagent.worker.judge import tensorfile
from kernelagent.worker.measure.sampled import MOST, share_off
from kernelagent.worker.tasks import Emit

_MOST_BYTES = 64 * MOST * 16


def run(args: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """``{eager, kernel}``, files that ``measure`` left → ``{off}``, the share of sampled elements that differ.

    The kernel's process may have left anything at all: what can't be read differs everywhere.
    """
    del emit
    expected = tensorfile.read(Path(args["eager"]))
    try:
        found = tensorfile.read(Path(args["kernel"]), most_bytes=_MOST_BYTES)
        return {"off": share_off(expected, list(found))}
    except (tensorfile.BadTensorFile, TypeError, AttributeError, RuntimeError):
        return {"off": 1.0}
