"""Task ``timed_outputs``: whether the kernel, when it had been timed, still gave what the module gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kernelagent.worker.judge import tensorfile
from kernelagent.worker.measure.sampled import MOST, share_off
from kernelagent.worker.tasks import Emit

_MOST_BYTES = 64 * MOST * 16


def run(args: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """``{eager, kernel}``, files that ``measure`` left → ``{off}``, the share of sampled elements that differ: from
    what the module gives, or from what it gives in float32 where that is fewer.

    The kernel's process may have left anything at all: what can't be read differs everywhere.
    """
    del emit
    eager = Path(args["eager"])
    wide = eager.with_name(f"{eager.name}_wide")
    expected = [tensorfile.read(eager), *([tensorfile.read(wide)] if Path(f"{wide}.json").exists() else [])]
    try:
        found = list(tensorfile.read(Path(args["kernel"]), most_bytes=_MOST_BYTES))
        return {"off": min(share_off(tensors, found) for tensors in expected)}
    except (tensorfile.BadTensorFile, TypeError, AttributeError, RuntimeError):
        return {"off": 1.0}
