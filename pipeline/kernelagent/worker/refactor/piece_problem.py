"""A piece of a graph as a problem of its own: what it takes and gives, and how its inputs are made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kernelagent.contract.example_values import filled, seen_from
from kernelagent.contract.memory_order import in_order
from kernelagent.contract.problem import ExampleInputs, Problem, TensorSpec
from kernelagent.contract.subgraph import OperatorNode, plain_arguments
from kernelagent.worker.capture.graph import Graph, Node
from kernelagent.worker.capture.work import work
from kernelagent.worker.problem.memory_rows import told_in_rows
from kernelagent.worker.problem.sizes import evaluate_dim, example_sizes, shape_at
from kernelagent.worker.synth.eager import Call
from kernelagent.worker.synth.subgraphs import Piece


def operator_nodes(
    graph: Graph, called: Mapping[str, Call] | None = None, flops: Mapping[str, int] | None = None
) -> tuple[OperatorNode, ...]:
    """What each operator is, with all that it is called with; ``called``: by the whole module; ``flops`` by node."""
    sizes = {free.symbol: free.example for free in graph.free_sizes}
    known = called or {}
    return tuple(
        OperatorNode(
            op=n.op,
            name=n.name,
            shape=n.shape,
            dtype=n.dtype,
            line=n.line,
            source=n.source,
            arguments=plain_arguments(n.args),
            strides=n.stride,
            results=_results(n, sizes),
            called=known[n.name].op if n.name in known else "",
            gives=known[n.name].gives if n.name in known else None,
            bytes=known[n.name].bytes if n.name in known else 0,
            flops=sum((flops or {}).get(part, 0) for part in known[n.name].nodes) if n.name in known else 0,
        )
        for n in graph.nodes
    )


def _results(node: Node, sizes: dict[str, int]) -> tuple[TensorSpec, ...]:
    each = zip(node.dtypes, node.shapes, node.strides, strict=True)
    specs = [TensorSpec(str(i), (), dtype, dims, "", strides) for i, (dtype, dims, strides) in enumerate(each)]
    return tuple(_with_shape(spec, sizes) for spec in specs if spec.dtype)


def input_specs(problem: Problem, piece: Piece, graph: Graph) -> tuple[TensorSpec, ...]:
    fills = {s.name: s.fill for s in problem.inputs}
    sizes = _sizes(problem, piece)
    paths = {g.name: g.path for g in graph.inputs}
    found = []
    for given in piece.graph.inputs:
        if given.kind != "input":
            continue
        fill = fills.get(paths.get(piece.sources[given.name], ""), "")
        spec = TensorSpec(given.name, (), given.dtype, given.shape, fill, given.stride)
        found.append(told_in_rows(_with_shape(spec, sizes), piece.graph.free_sizes))
    return tuple(found)


def output_specs(problem: Problem, piece: Piece) -> tuple[TensorSpec, ...]:
    sizes = _sizes(problem, piece)
    nodes = {n.name: n for n in piece.graph.nodes}
    given = [(f"output.{i}", nodes[n]) for i, n in enumerate(piece.outputs)]
    specs = [TensorSpec(name, (), n.dtype, n.shape, "", n.stride) for name, n in given]
    return tuple(told_in_rows(_with_shape(s, sizes), piece.graph.free_sizes) for s in specs)


def _sizes(problem: Problem, piece: Piece) -> dict[str, int]:
    """Of the example, with those of the piece's own."""
    return example_sizes(problem) | {free.symbol: free.example for free in piece.graph.free_sizes}


def _with_shape(spec: TensorSpec, sizes: dict[str, int]) -> TensorSpec:
    return replace(spec, shape=shape_at(replace(spec, shape=(0,) * len(spec.dims)), sizes))


def piece_problem(
    problem: Problem,
    fused: Path,
    text: str,
    piece: Piece,
    inputs: tuple[TensorSpec, ...],
    outputs: tuple[TensorSpec, ...],
) -> Problem:
    sizes = _sizes(problem, piece)
    return Problem(
        file=str(fused),
        class_name=piece.class_name,
        line=text[: text.index(f"class {piece.class_name}(")].count("\n") + 1,
        source_sha256=hashlib.sha256(text.encode()).hexdigest(),
        example=ExampleInputs("subgraph", "()", call_of(inputs, sizes)),
        inputs=inputs,
        outputs=outputs,
        free_sizes=piece.graph.free_sizes,
        work=work(piece.graph),
        random=piece.graph.random,
    )


def call_of(inputs: Sequence[TensorSpec], sizes: Mapping[str, int], seen: Sequence[Any] = ()) -> str:
    """An expression for the example's arguments; ``seen``: what each held when the piece ran (``seen_values.py``)."""
    held = [*map(seen_from, seen), *[None] * (len(inputs) - len(seen))]
    expressions = [
        in_order(
            filled(spec.shape, spec.dtype, spec.fill, values),
            spec.shape,
            [evaluate_dim(stride, sizes) for stride in spec.strides],
        )
        for spec, values in zip(inputs, held, strict=True)
    ]
    return f"({', '.join(expressions)}{',' if len(inputs) == 1 else ''})"


def weights_of(piece: Piece, graph: Graph) -> dict[str, str]:
    """Inputs of ``piece`` that are parameters or buffers of ``graph`` → their keys."""
    state = {g.name: g.path for g in graph.inputs if g.kind in ("parameter", "buffer")}
    return {name: state[source] for name, source in piece.sources.items() if source in state}
