"""Task ``link``: the kernels of a graph that was cut by its operators → one file.

``{problem, graph, kernels, out}`` → ``{function, module, kernels}``; ``kernels`` has a file for each subgraph.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import from_json, read_json
from kernelagent.contract.problem import Problem
from kernelagent.errors import NotAKernelFile
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.capture.source_lines import source_text
from kernelagent.worker.refactor.link import link
from kernelagent.worker.refactor.operator_cut import cut_by_operators


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    problem = from_json(Problem, args["problem"])
    graph = read_json(args["graph"], Graph)
    files = {name: Path(path).read_text(encoding="utf-8") for name, path in args["kernels"].items()}
    source = source_text(problem.file, problem.text_file)
    try:
        composed = link(graph, cut_by_operators(graph), files, problem, source or "")
    except (ValueError, SyntaxError) as exc:
        raise NotAKernelFile(
            f"the kernels of the pieces cannot be put into one file: {exc}",
            hint="With --route direct the module has one kernel file, and nothing has to be put together.",
        ) from exc
    out = Path(args["out"])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(composed.text, encoding="utf-8")
    return {"function": composed.function, "module": composed.module, "kernels": list(composed.kernels)}
