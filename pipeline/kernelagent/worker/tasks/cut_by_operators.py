"""Task ``cut_by_operators``: as ``extract``, for a graph that the built-in synthesizer does not take as a whole.

``{problem, graph, out_dir}`` → Extraction, whose subgraphs say what it takes. Leaves the same files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import from_json, read_json, to_json, write_json
from kernelagent.contract.operators import family_of
from kernelagent.contract.problem import Problem, TensorSpec
from kernelagent.contract.subgraph import Cost, Extraction, Subgraph
from kernelagent.errors import NothingToFuse, UnsupportedDtype, UnsupportedOperator
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.refactor.chain import fused_by_operators
from kernelagent.worker.refactor.operator_cut import cut_by_operators
from kernelagent.worker.refactor.piece_problem import (
    input_specs,
    operator_nodes,
    output_specs,
    piece_problem,
    weights_of,
)
from kernelagent.worker.synth.cost import cost_of, operator_flops
from kernelagent.worker.synth.dtypes import BYTES
from kernelagent.worker.synth.eager import Call, calls
from kernelagent.worker.synth.synthesize import synthesize
from kernelagent.worker.tasks.extract import FUSED


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    problem = from_json(Problem, args["problem"])
    graph = read_json(args["graph"], Graph)
    pieces = cut_by_operators(graph)
    text = fused_by_operators(graph, pieces)
    fused = Path(args["out_dir"]) / FUSED
    fused.parent.mkdir(parents=True, exist_ok=True)
    fused.write_text(text, encoding="utf-8")
    contents = [piece.content for piece in pieces]
    called = calls(graph, [piece.graph for piece in pieces])
    subgraphs = []
    for number, piece in enumerate(pieces):
        inputs, outputs = input_specs(problem, piece, graph), output_specs(problem, piece)
        write_json(
            fused.parent / f"{piece.id}.problem.json", piece_problem(problem, fused, text, piece, inputs, outputs)
        )
        write_json(fused.parent / f"{piece.id}.graph.json", piece.graph)
        cost, refused, flops = covered(piece.graph, (*inputs, *outputs), called)
        first = contents.index(piece.content)
        families = [family for node in piece.graph.nodes if (family := family_of(node.op)) is not None]
        subgraphs.append(
            Subgraph(
                id=piece.id,
                family=families[0] if families else "pointwise",
                nodes=operator_nodes(piece.graph, called, flops),
                inputs=inputs,
                outputs=outputs,
                cost=cost,
                lines=tuple(sorted({n.line for n in piece.graph.nodes if n.line})),
                same_as=pieces[first].id if first != number else None,
                weights=weights_of(piece, graph),
                count=contents.count(piece.content),
                refused=refused,
            )
        )
    return to_json(Extraction(tuple(subgraphs), FUSED, ""))  # type: ignore[no-any-return]


def covered(
    graph: Graph, specs: tuple[TensorSpec, ...], called: Mapping[str, Call]
) -> tuple[Cost, str, dict[str, int]]:
    """Its cost, why the built-in synthesizer does not take it (empty where it does), and its FLOPs by node."""
    try:
        synthesis = synthesize(graph)
    except (UnsupportedOperator, UnsupportedDtype, NothingToFuse) as exc:
        touched = sum(math.prod(spec.shape) * BYTES.get(spec.dtype, 8) for spec in specs)
        return Cost(bytes=touched, flops=0, eager_bytes=touched), exc.message, {}
    kernels = synthesis.plan.kernels
    return cost_of(synthesis, kernels, graph, called), "", operator_flops(synthesis, kernels)
