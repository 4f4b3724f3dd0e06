"""Task ``capture``: a problem to its graph. ``{problem, out}`` → ``{problem}``; ``read``: ``told_on_failure.py``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import from_json, to_json, write_json
from kernelagent.contract.problem import Problem
from kernelagent.worker.capture.export import capture
from kernelagent.worker.capture.rewrites import Rewrites
from kernelagent.worker.problem.as_called import require_as_called
from kernelagent.worker.problem.compared_sizes import that_change_operators
from kernelagent.worker.problem.data_files import Reads
from kernelagent.worker.problem.installed_packages import Imports
from kernelagent.worker.problem.told_on_failure import told_on_failure
from kernelagent.worker.problem.tried_sizes import with_tried_minima
from kernelagent.worker.synth.lowering import WHOLE


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    reads, imports = Reads(), Imports()
    given, out = from_json(Problem, args["problem"]), Path(args["out"])
    with told_on_failure(given, reads, imports, args):
        try:
            problem, graph = capture(given, WHOLE)
        finally:  # the result of one that does not export is of the same text; a call before would fill its caches
            require_as_called(given)
        # with Rewrites: a recurrence would run step by step to learn its shape
        write_json(out, replace(graph, comparisons=that_change_operators(problem, Rewrites)))
        problem = with_tried_minima(problem, Rewrites)
    data = reads.files(problem, [out.parent])
    files, packages = imports.of(problem)
    return {"problem": to_json(replace(problem, imports=files, data=data, packages=packages))}
