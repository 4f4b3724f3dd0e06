"""Task ``describe_whole``: the captured graph as one subgraph, for an author that is given the whole module.

``{problem, graph}`` → ``Subgraph``
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kernelagent.contract.codec import from_json, read_json, to_json
from kernelagent.contract.problem import Problem
from kernelagent.contract.subgraph import Subgraph
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.refactor.piece_problem import operator_nodes
from kernelagent.worker.synth.eager import calls
from kernelagent.worker.tasks.cut_by_operators import covered


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    problem = from_json(Problem, args["problem"])
    graph = read_json(args["graph"], Graph)
    name = re.sub(r"[^a-z0-9]+", "_", problem.class_name.lower()).strip("_") or "module"
    called = calls(graph)
    cost, _, flops = covered(graph, (*problem.inputs, *problem.state, *problem.outputs), called)
    subgraph = Subgraph(
        id=f"sg0_{name}",
        family="module",
        nodes=operator_nodes(graph, called, flops),
        inputs=problem.inputs,
        outputs=problem.outputs,
        cost=cost,
        lines=tuple(sorted({node.line for node in graph.nodes if node.line})),
        weights={given.name: given.path for given in graph.inputs if given.kind in ("parameter", "buffer")},
    )
    return to_json(subgraph)  # type: ignore[no-any-return]
