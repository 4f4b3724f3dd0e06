"""Task ``check_fused``: the cut module beside the original. ``{problem, fused, parts}`` → ``{checked, calls}``.

``checked`` is a sentence. ``parts`` are the pieces' problems by their ids; ``calls`` has for each an expression of
example arguments that are like those that it was called with.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import from_json
from kernelagent.contract.problem import Problem
from kernelagent.worker.capture.fused_check import check_fused
from kernelagent.worker.problem.sizes import example_sizes
from kernelagent.worker.refactor.piece_problem import call_of


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    problem = from_json(Problem, args["problem"])
    checked, seen = check_fused(problem, Path(args["fused"]))
    parts = {name: from_json(Problem, part) for name, part in args["parts"].items()}
    return {"checked": checked, "calls": {name: _call(part, problem, seen) for name, part in parts.items()}}


def _call(part: Problem, problem: Problem, seen: dict[str, Any]) -> str:
    return call_of(part.inputs, example_sizes(problem) | example_sizes(part), seen.get(part.class_name, ()))
