"""Task ``extract``: cut the graph into subgraphs, as modules. ``{problem, graph, out_dir}`` → Extraction.

Leaves ``orchestrator/fused.py``, and ``<id>.problem.json`` and ``<id>.graph.json`` beside it: a subgraph's kernel is
written from these alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import from_json, read_json, to_json, write_json
from kernelagent.contract.problem import ExampleInputs, Problem, TensorSpec
from kernelagent.contract.subgraph import Extraction, OperatorNode, Subgraph
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.problem.sizes import example_sizes, shape_at
from kernelagent.worker.synth.cost import cost_of
from kernelagent.worker.synth.describe import passes
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
    fills = {s.name: s.fill for s in problem.inputs}
    first: dict[str, str] = {}
    subgraphs = []
    for piece in pieces:
        inputs = _specs(problem, piece, fills, graph)
        outputs = _outputs(problem, piece)
        part = _problem(problem, fused, text, piece, inputs, outputs)
        write_json(fused.parent / f"{piece.id}.problem.json", part)
        write_json(fused.parent / f"{piece.id}.graph.json", piece.graph)
        subgraphs.append(_subgraph(synthesis, piece, inputs, outputs, first))
    return to_json(Extraction(tuple(subgraphs), FUSED, "", passes(synthesis)))  # type: ignore[no-any-return]


def _subgraph(
    synthesis: Synthesis,
    piece: Piece,
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    first: dict[str, str],
) -> Subgraph:
    nodes = tuple(
        OperatorNode(n.op, n.name, n.shape, n.dtype, n.line, n.source) for n in piece.graph.nodes if n.op != "getitem"
    )
    same_as = first.get(piece.content)
    first.setdefault(piece.content, piece.id)
    kinds = [k.kind for k in piece.kernels]
    family = next((k for k in ("contraction", "reduction") if k in kinds), "pointwise")
    return Subgraph(
        id=piece.id,
        family=family,
        nodes=nodes,
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        cost=cost_of(synthesis, piece.kernels, piece.graph),
        lines=tuple(sorted({n.line for n in piece.graph.nodes if n.line})),
        same_as=same_as,
    )


def _specs(problem: Problem, piece: Piece, fills: dict[str, str], graph: Graph) -> tuple[TensorSpec, ...]:
    sizes = example_sizes(problem)
    paths = {g.name: g.path for g in graph.inputs}
    found = []
    for given in piece.graph.inputs:
        if given.kind != "input":
            continue
        fill = fills.get(paths.get(piece.sources[given.name], ""), "")
        spec = TensorSpec(given.name, (), given.dtype, given.shape, fill)
        found.append(_with_shape(spec, sizes))
    return tuple(found)


def _outputs(problem: Problem, piece: Piece) -> tuple[TensorSpec, ...]:
    sizes = example_sizes(problem)
    nodes = {n.name: n for n in piece.graph.nodes}
    specs = [TensorSpec(f"output.{i}", (), nodes[n].dtype, nodes[n].shape) for i, n in enumerate(piece.outputs)]
    return tuple(_with_shape(s, sizes) for s in specs)


def _with_shape(spec: TensorSpec, sizes: dict[str, int]) -> TensorSpec:
    probe = TensorSpec(spec.name, (0,) * len(spec.dims), spec.dtype, spec.dims, spec.fill)
    return TensorSpec(spec.name, shape_at(probe, sizes), spec.dtype, spec.dims, spec.fill)


def _problem(
    problem: Problem,
    fused: Path,
    text: str,
    piece: Piece,
    inputs: tuple[TensorSpec, ...],
    outputs: tuple[TensorSpec, ...],
) -> Problem:
    expressions = ", ".join(_filled(s) for s in inputs)
    symbols = {f.symbol for f in piece.graph.free_sizes}
    return Problem(
        file=str(fused),
        class_name=piece.class_name,
        line=text[: text.index(f"class {piece.class_name}(")].count("\n") + 1,
        source_sha256=hashlib.sha256(text.encode()).hexdigest(),
        example=ExampleInputs("subgraph", "()", f"({expressions}{',' if len(inputs) == 1 else ''})"),
        inputs=inputs,
        outputs=outputs,
        free_sizes=tuple(f for f in problem.free_sizes if f.symbol in symbols),
        random=piece.graph.random,
    )


def _filled(spec: TensorSpec) -> str:
    """An expression for one input: as the user's example fills it, else by what its dtype can hold."""
    shape = f"({', '.join(map(str, spec.shape))}{',' if len(spec.shape) == 1 else ''})"
    if spec.dtype == "bool":
        return f"torch.rand({shape}) > 0.5"
    if spec.fill.startswith("randint"):
        return f"torch.{spec.fill[:-1]}, {shape}, dtype=torch.{spec.dtype})"
    if not spec.dtype.startswith(("float", "bfloat")):
        return f"torch.randint(0, 2, {shape}, dtype=torch.{spec.dtype})"
    return f"torch.{'rand' if spec.fill == 'rand' else 'randn'}({shape}, dtype=torch.{spec.dtype})"
