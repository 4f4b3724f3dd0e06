"""Lower a whole graph, or a part of one, to IR."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kernelagent.errors import UnsupportedDtype, UnsupportedOperator
from kernelagent.worker.capture.graph import Graph, GraphInput, Node
from kernelagent.worker.capture.rolled import LOOP, body_nodes
from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.extents import extents, stride_extents
from kernelagent.worker.synth.index import ZERO, contiguous_strides, dim, size_symbol
from kernelagent.worker.synth.ir import Buffer, Map
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.numbers import number
from kernelagent.worker.synth.lowering.registry import LOWERINGS
from kernelagent.worker.synth.lowering.rolled_loops import rolled_loop
from kernelagent.worker.synth.lowering.values import Value, viewed, whole
from kernelagent.worker.synth.size_text import parse_size

SILENT = ("aten._assert_tensor_metadata", "aten._assert_async", "aten._assert_scalar", "aten.sym_constrain_range")
"""Operators that compute nothing."""


@dataclass(frozen=True)
class Program:
    """The IR of a graph: what each graph node's value is, and the buffers it reads."""

    values: dict[str, Any]
    """Graph node or input name → Value, or a tuple of them."""
    buffers: dict[str, Buffer]
    """Graph input name → its buffer."""


def lower(graph: Graph) -> Program:
    """Raises UnsupportedOperator / UnsupportedDtype before any work is done, with the operator and its line."""
    refuse_unsupported(graph)
    values: dict[str, Any] = {}
    buffers: dict[str, Buffer] = {}
    interned: dict[Any, Any] = {}
    hints = {size_symbol(free.symbol): free.example for free in graph.free_sizes}
    for given in graph.inputs:
        if given.kind == "constant" and given.value is not None and not given.shape:
            values[given.name] = whole(Map("constant", (given.value,), (), given.dtype, given.dtype))
            continue
        buffer = input_buffer(given)
        buffers[given.name] = buffer
        values[given.name] = _as_given(buffer, given)
    for node in graph.nodes:
        values[node.name] = _lower_node(graph, node, values, interned, hints)
    return Program(values, buffers)


def input_buffer(given: GraphInput) -> Buffer:
    """Memory of an input, in the order in which its example lies in memory (``torch.channels_last`` and transposed
    tensors stay as they are); a tensor with gaps or overlaps is read as if it were contiguous."""
    shape = extents([parse_size(s) for s in given.shape])
    order = memory_order(given)
    stored = tuple(shape[i] for i in order)
    return Buffer(
        re.sub(r"\W+", "_", given.path).strip("_") or "_", stored, given.dtype, contiguous_strides(stored), given.kind
    )


def memory_order(given: GraphInput) -> tuple[int, ...]:
    """Permutation of the dimensions under which a dense tensor is row-major; the identity for all others."""
    shape = extents([parse_size(s) for s in given.shape])
    order = dense_order(shape, stride_extents([parse_size(s) for s in given.stride]))
    return tuple(range(len(shape))) if order is None else order


def dense_order(shape: Sequence[Any], strides: Sequence[Any]) -> tuple[int, ...] | None:
    """The dimensions from the largest stride to the smallest, where they cover memory without gap or overlap."""
    if list(contiguous_strides(shape)) == list(strides):
        return tuple(range(len(shape)))
    if len(strides) != len(shape):
        return None
    remaining = list(range(len(shape)))
    order: list[int] = []
    expected: Any = 1
    while remaining:
        fitting = [i for i in remaining if strides[i] == expected or shape[i] == 1]
        if not fitting:
            return None
        order.insert(0, fitting[-1])
        remaining.remove(fitting[-1])
        expected = expected * shape[fitting[-1]]
    return tuple(order)


def _as_given(buffer: Buffer, given: GraphInput) -> Value:
    shape = extents([parse_size(s) for s in given.shape])
    order = memory_order(given)
    index = tuple(dim(i) if shape[i] != 1 else ZERO for i in order)
    return viewed(Value(buffer, tuple(dim(i) for i in range(len(shape))), buffer.shape, buffer.dtype), index, shape)


def refuse_unsupported(graph: Graph) -> None:
    for given in graph.inputs:
        if given.dtype not in dtypes.SUPPORTED:
            raise UnsupportedDtype(f"{given.path} is {given.dtype}.", file=graph.file)
        if given.kind == "constant" and given.value is None:
            raise UnsupportedOperator(
                f"{graph.class_name} holds a large constant tensor that is no parameter or buffer ({given.path}).",
                hint="Register it with register_buffer.",
                file=graph.file,
            )
    every = [inner for n in graph.nodes for inner in (body_nodes(n) if n.op == LOOP else (n,))]
    unknown = [n for n in every if n.op != "getitem" and _packet(n) not in (*LOWERINGS, *SILENT)]
    if unknown:
        first = unknown[0]
        where = f" on line {first.line}: `{first.source}`." if first.line else "."
        others = sorted({f"{_packet(n)} (line {n.line})" for n in unknown[1:] if _packet(n) != _packet(first)})
        also = f" Nor {', '.join(others)}." if others else ""
        raise UnsupportedOperator(
            f"The built-in synthesizer cannot lower {_packet(first)}{where}{also}", file=graph.file, line=first.line
        )
    for node in every:
        packet = _packet(node)
        if node.dtype and node.dtype not in dtypes.SUPPORTED:
            raise UnsupportedDtype(f"{packet} on line {node.line} gives {node.dtype}.", file=graph.file, line=node.line)


def _packet(node: Node) -> str:
    """``aten.add.Tensor`` → ``aten.add``"""
    return ".".join(node.op.split(".")[:2])


def _lower_node(
    graph: Graph, node: Node, values: dict[str, Any], interned: dict[Any, Any], hints: dict[Any, int]
) -> Any:
    packet = ".".join(node.op.split(".")[:2])
    if packet in SILENT:
        return None
    if node.op == "getitem":
        return values[node.args["source"]["node"]][node.args["index"]]
    b = Builder(node, interned, hints)
    if node.op == LOOP:
        return rolled_loop(b, node, values, lambda n, known: _lower_node(graph, n, known, interned, hints))
    try:
        arguments = {name: _resolve(b, argument, values) for name, argument in node.args.items()}
        out = LOWERINGS[packet](b, **_accepted(arguments))
    except (TypeError, ValueError, NotImplementedError) as exc:
        raise UnsupportedOperator(
            f"The built-in synthesizer cannot lower this form of {node.op} (line {node.line}: {node.source}): {exc}",
            file=graph.file,
            line=node.line,
        ) from exc
    return _with_dtype(node, out)


def _accepted(arguments: dict[str, Any]) -> dict[str, Any]:
    ignored = ("layout", "device", "pin_memory", "memory_format", "non_blocking", "copy", "generator", "out")
    return {k: v for k, v in arguments.items() if k not in ignored}


def _with_dtype(node: Node, out: Any) -> Any:
    """The graph knows each result's dtype; a lowering that computes in another one is brought to it."""
    if isinstance(out, Value) and node.dtype and out.dtype != node.dtype:
        return Builder(node).cast(out, node.dtype)
    return out


def _resolve(b: Builder, argument: Any, values: dict[str, Any]) -> Any:
    if isinstance(argument, dict):
        if "node" in argument:
            return values[argument["node"]]
        if "size" in argument:
            expression = parse_size(argument["size"])
            if "reads" in argument:
                return number(b, expression, {size_symbol(r["node"]): values[r["node"]] for r in argument["reads"]})
            return int(expression) if expression.is_Integer else expression
        return argument["dtype"]
    if isinstance(argument, (list, tuple)):
        return [_resolve(b, a, values) for a in argument]
    if argument in ("inf", "-inf", "nan"):
        return float(argument)
    return argument
