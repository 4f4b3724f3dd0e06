"""Task ``extract``: cut the graph into subgraphs, as modules.

``{problem, graph, out_dir[, passes, launches]}`` → Extraction

Leaves ``orchestrator/fused.py``, and ``<id>.problem.json`` and ``<id>.graph.json`` beside it: a subgraph's kernel is
written from these alone. ``passes``: with the graph as text after each pass; ``launches``: with their number. Every
kernel is written for either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import from_json, read_json, to_json, write_json
from kernelagent.contract.problem import Problem, TensorSpec
from kernelagent.contract.subgraph import Extraction, Subgraph
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.refactor.piece_problem import (
    input_specs,
    operator_nodes,
    output_specs,
    piece_problem,
    weights_of,
)
from kernelagent.worker.synth.cost import cost_of, launches_of, operator_flops
from kernelagent.worker.synth.describe import passes
from kernelagent.worker.synth.eager import Call, calls
from kernelagent.worker.synth.fused_source import fused_source
from kernelagent.worker.synth.subgraphs import Piece, cut
from kernelagent.worker.synth.synthesize import Synthesis, synthesize

FUSED = "orchestrator/fused.py"


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    problem = from_json(Problem, args["problem"])
    graph = read_json(args["graph"], Graph)
    synthesis = synthesize(graph)
    pieces = cut(synthesis)
    text = fused_source(synthesis, pieces)
    fused = Path(args["out_dir"]) / FUSED
    fused.parent.mkdir(parents=True, exist_ok=True)
    fused.write_text(text, encoding="utf-8")
    first: dict[str, str] = {}
    called = calls(graph, [piece.graph for piece in pieces])
    subgraphs = []
    for piece in pieces:
        inputs = input_specs(problem, piece, graph)
        outputs = output_specs(problem, piece)
        part = piece_problem(problem, fused, text, piece, inputs, outputs)
        write_json(fused.parent / f"{piece.id}.problem.json", part)
        write_json(fused.parent / f"{piece.id}.graph.json", piece.graph)
        subgraph = _subgraph(synthesis, piece, inputs, outputs, first, called)
        count = sum(p.content == piece.content for p in pieces)
        launches = launches_of(synthesis, piece.kernels) if args.get("launches", False) else 0
        subgraphs.append(replace(subgraph, weights=weights_of(piece, graph), count=count, launches=launches))
    extraction = Extraction(
        tuple(subgraphs),
        FUSED,
        "",
        passes(synthesis) if args.get("passes", False) else {},
        launches_of(synthesis, synthesis.plan.kernels) if args.get("launches", False) else 0,
    )
    return to_json(extraction)  # type: ignore[no-any-return]


def _subgraph(
    synthesis: Synthesis,
    piece: Piece,
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    first: dict[str, str],
    called: Mapping[str, Call],
) -> Subgraph:
    nodes = operator_nodes(piece.graph, called, operator_flops(synthesis, piece.kernels))
    same_as = first.get(piece.content)
    first.setdefault(piece.content, piece.id)
    kinds = [k.kind for k in piece.kernels]
    family = next((k for k in ("attention", "contraction", "reduction") if k in kinds), "pointwise")
    return Subgraph(
        id=piece.id,
        family=family,
        nodes=nodes,
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        cost=cost_of(synthesis, piece.kernels, piece.graph, called),
        lines=tuple(sorted({n.line for n in piece.graph.nodes if n.line})),
        same_as=same_as,
    )
