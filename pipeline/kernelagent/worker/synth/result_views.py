"""Outputs that are views: found in the graph, and written back as PyTorch's own view methods."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kernelagent.worker.capture.graph import Graph, Node
from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.extents import extents, stride_extents
from kernelagent.worker.synth.index import FloorDiv, Modulo, contiguous_strides, dim
from kernelagent.worker.synth.ir import Buffer, Op
from kernelagent.worker.synth.lowering.program import Program
from kernelagent.worker.synth.lowering.values import Value
from kernelagent.worker.synth.size_text import parse_size


@dataclass(frozen=True)
class ViewChain:
    methods: tuple[str, ...]
    """``.reshape(s0, 8)``, in the order in which they are applied; may be empty."""

    @property
    def of_any_layout(self) -> tuple[str, ...]:
        """The same of memory that may lie otherwise than in the captured run, where ``view`` would refuse it."""
        return tuple(re.sub(r"^\.view\(", ".reshape(", method) for method in self.methods)


def size_text(value: Any) -> str:
    if isinstance(value, dict) and "size" in value:
        return to_text(parse_size(value["size"]))
    return str(value)


def _sizes(values: list[Any]) -> str:
    """As arguments; of no dimensions, an empty tuple."""
    return ", ".join(size_text(v) for v in values) or "()"


def _slice(a: dict[str, Any]) -> str:
    axis = int(a.get("dim", 0))
    start, end = a.get("start"), a.get("end")
    step = a.get("step", 1)
    first = "" if start in (None, 0) else size_text(start)
    last = "" if end is None or (isinstance(end, int) and end >= 2**31) else size_text(end)
    text = f"{first}:{last}" + ("" if step == 1 else f":{step}")
    return f"[{':, ' * axis}{text}]" if axis >= 0 else f"[..., {text}{', :' * (-axis - 1)}]"


_METHODS: dict[str, Callable[[dict[str, Any]], str]] = {
    "view": lambda a: f".view({_sizes(a['size'])})",
    "reshape": lambda a: f".reshape({_sizes(a['shape'])})",
    "_unsafe_view": lambda a: f".view({_sizes(a['size'])})",
    "permute": lambda a: f".permute({_sizes(a['dims'])})",
    "transpose": lambda a: f".transpose({a['dim0']}, {a['dim1']})",
    "t": lambda a: ".t()",
    "numpy_T": lambda a: ".T",
    "mT": lambda a: ".mT",
    "unsqueeze": lambda a: f".unsqueeze({a['dim']})",
    "squeeze": lambda a: ".squeeze()" if "dim" not in a else f".squeeze({_axis(a['dim'])})",
    "expand": lambda a: f".expand({_sizes(a['size'])})",
    "select": lambda a: f".select({a['dim']}, {size_text(a['index'])})",
    "slice": _slice,
    "flatten": lambda a: f".flatten({a['start_dim']}, {a['end_dim']})",
    "unflatten": lambda a: f".unflatten({a['dim']}, ({_sizes(a['sizes'])}))",
    "diagonal": lambda a: f".diagonal({a['offset']}, {a['dim1']}, {a['dim2']})",
    "alias": lambda a: "",
    "detach": lambda a: "",
}

_PIECES = ("split", "split_with_sizes", "chunk", "unbind")


def _axis(value: Any) -> str:
    return f"({', '.join(map(str, value))},)" if isinstance(value, list) else str(value)


def view_chain(graph: Graph, program: Program, name: str) -> tuple[Op, ViewChain, str] | None:
    """The memory under output ``name``, the views that lead from it, and the node or input whose memory it is in eager
    PyTorch; ``None`` where the output has to be computed
    (its last step is no view) or copied (a ``clone`` stands between, or a ``view`` of what is laid out otherwise
    here)."""
    last = program.values[name]
    regrouped = any(e.atoms(FloorDiv, Modulo) for e in last.index)
    nodes = {n.name: n for n in graph.nodes}
    inputs = {g.name for g in graph.inputs}
    methods: list[str] = []
    at = name
    while True:
        value = program.values[at]
        if at in inputs:
            known = isinstance(value.op, Buffer) and not regrouped
            return (value.op, ViewChain(tuple(reversed(methods))), at) if known else None
        node = nodes[at]
        step = _step(node, nodes)
        if step is None:
            whole = isinstance(value, Value) and not isinstance(value.op, Buffer) and _is_identity(value)
            whole = whole and (not regrouped or _is_row_major(node))
            return (value.op, ViewChain(tuple(reversed(methods))), at) if whole else None
        method, at = step
        if method:
            methods.append(method)


def _is_row_major(node: Node) -> bool:
    """Whether eager PyTorch lays it out as it is stored here."""
    shape = extents([parse_size(s) for s in node.shape])
    return contiguous_strides(shape) == stride_extents([parse_size(s) for s in node.stride])


def _is_identity(value: Value) -> bool:
    same_shape = tuple(value.shape) == tuple(value.op.shape)
    return same_shape and all(i == dim(p) or value.shape[p] == 1 for p, i in enumerate(value.index))


def _step(node: Node, nodes: Mapping[str, Node]) -> tuple[str, str] | None:
    """One view: its method and what it is applied to."""
    if node.op == "getitem":
        source = nodes[node.args["source"]["node"]]
        name = source.op.split(".")[1]
        if name not in _PIECES:
            return None
        return _piece(name, source.args, node), source.args["self"]["node"]
    name = node.op.split(".")[1]
    if name not in _METHODS:
        return None
    return _METHODS[name](node.args), node.args["self"]["node"]


def _piece(name: str, a: dict[str, Any], node: Node) -> str:
    position, axis = int(node.args["index"]), int(a.get("dim", 0))
    if name == "unbind":
        return f".select({axis}, {position})"
    if name == "chunk":
        return f".chunk({a['chunks']}, {axis})[{position}]"
    sizes = a.get("split_sizes", a.get("split_size"))
    sizes_text = f"({_sizes(sizes)},)" if isinstance(sizes, list) else size_text(sizes)
    return f".split({sizes_text}, {axis})[{position}]"


def gives_pieces(node: Node) -> bool:
    """Whether the operator gives several views, each a node of its own."""
    return "." in node.op and node.op.split(".")[1] in _PIECES


def view_text(node: Node, nodes: Mapping[str, Node]) -> tuple[str, str] | None:
    """The node that a view looks at, and the view as a method; one that regroups dimensions may copy, since what it
    looks at may lie otherwise than in the captured run. ``None`` for what is no view."""
    found = _step(node, nodes)
    if found is None:
        return None
    method, source = found
    return source, re.sub(r"^\.view\(", ".reshape(", method)


def is_view(node: Node) -> bool:
    """Whether the operator only looks at its operand's memory in another way."""
    name = node.op.split(".")[1] if "." in node.op else ""
    return name in _METHODS or name in _PIECES
