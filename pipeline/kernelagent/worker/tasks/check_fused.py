"""Task ``check_fused``: the cut module beside the original. ``{problem, fused}`` → ``{checked}``, a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import from_json
from kernelagent.contract.problem import Problem
from kernelagent.worker.capture.fused_check import check_fused


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    return {"checked": check_fused(from_json(Problem, args["problem"]), Path(args["fused"]))}
