"""How much a graph is for Triton's interpreter, as an expression over its free sizes.

The unit is a multiplication of two tiles: the interpreter makes 2e7 to 2e8 of them in a second. What a kernel takes
element by element costs it some 3 µs for each tap of a window, 0.1 µs for each element of any other value: elements of
inputs and outputs alone do not tell how long a case will run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kernelagent.worker.capture.graph import Graph, Node
from kernelagent.worker.capture.rolled import LOOP, body_nodes

_SUMMED = {
    **dict.fromkeys(("mm", "bmm", "mv", "dot", "matmul"), "self"),
    **{"addmm": "mat1", "addmv": "mat", "baddbmm": "batch1", "linear": "input"},
}
"""Products → the operand whose last dimension is summed over."""
_RECURRENT = frozenset({"lstm", "gru", "rnn_tanh", "rnn_relu"})
_TAP, _ELEMENT = 64, 4
_FEW_CHANNELS = 8
"""Of a convolution's group: with fewer there are no tiles to multiply."""

Shapes = dict[str, Sequence[str]]


def work(graph: Graph) -> str:
    """``32*s0*(s1 + 2)``; empty for a graph without nodes."""
    shapes: Shapes = {given.name: given.shape for given in graph.inputs}
    shapes |= {node.name: node.shape for node in graph.nodes}
    return " + ".join(_times(sizes) for node in graph.nodes for sizes in _work(node, shapes))


def _work(node: Node, shapes: Shapes) -> Iterator[list[str]]:
    op = node.op.split(".")[1] if node.op.startswith("aten.") else ""
    if node.op == LOOP:
        body = body_nodes(node)
        inner = {**shapes, **{held.name: held.shape for held in body}}
        for held in body:
            yield from ([str(node.args["steps"]), *sizes] for sizes in _work(held, inner))
    if op in _RECURRENT:
        rows = _shape(node.args["input"], shapes)[:-1]
        yield from ([*rows, *weight] for param in node.args["params"] if len(weight := _shape(param, shapes)) > 1)
    if op == "convolution":
        yield _convolution(node, shapes)
    elif op in _SUMMED:
        yield [*node.shape, *_shape(node.args.get(_SUMMED[op]), shapes)[-1:]]
    elif op == "scaled_dot_product_attention":
        yield [*node.shape, *_shape(node.args.get("key"), shapes)[-2:-1], "2"]
    elif "pool" in op and (window := node.args.get("kernel_size")):
        lengths = window if isinstance(window, Sequence) else [window] * int(op.partition("d")[0][-1])
        yield [*node.shape, *map(str, lengths), str(_TAP)]
    else:
        yield [*node.shape, str(_ELEMENT)]


def _convolution(node: Node, shapes: Shapes) -> list[str]:
    """As a kernel makes it: a transposed one with every tap for every place of the output."""
    weight = _shape(node.args.get("weight"), shapes)
    if not weight:
        return [*node.shape]
    groups = node.args.get("groups", 1)
    into, out = (0, 1) if node.args.get("transposed") else (1, 0)
    inner = f"{weight[0]}//{groups}" if into == 0 else weight[1]
    each = weight[1] if out == 1 else f"{weight[0]}//{groups}"
    is_tiled = not each.replace("//", "").isdecimal() or _quotient(each) >= _FEW_CHANNELS
    return [*node.shape, inner, *weight[2:], "1" if is_tiled else str(_TAP)]


def _quotient(written: str) -> int:
    dividend, _, divisor = written.partition("//")
    return int(dividend) // int(divisor or 1)


def _shape(value: Any, shapes: Shapes) -> Sequence[str]:
    name = value.get("node", value.get("local")) if isinstance(value, dict) else None
    return shapes.get(name, ()) if isinstance(name, str) else ()


def _times(sizes: Iterable[str]) -> str:
    """Numbers together, that what the capture keeps stays short."""
    numbers = [int(size) for size in sizes if size.isdecimal()]
    others = [size if size.isalnum() else f"({size})" for size in sizes if not size.isdecimal()]
    return "*".join([str(math.prod(numbers)), *others])
