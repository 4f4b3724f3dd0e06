"""The operators that a module calls, as eager PyTorch runs them: one that export takes apart is still one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kernelagent.contract.problem import TensorSpec
from kernelagent.errors import UnsupportedOperator
from kernelagent.worker.capture.graph import Graph, Node
from kernelagent.worker.synth.dtypes import BYTES
from kernelagent.worker.synth.index import at_sizes, product, size_symbol
from kernelagent.worker.synth.result_views import is_view
from kernelagent.worker.synth.size_text import parse_size
from kernelagent.worker.synth.subgraphs import references


@dataclass(frozen=True)
class Call:
    """One operator that the module calls."""

    op: str
    nodes: frozenset[str]
    """What it was taken apart into."""
    gives: TensorSpec
    """At the example's sizes; named as the source names it."""
    bytes: int
    """Each operand read once, each result written once; 0 where it only views."""


def calls(graph: Graph, pieces: Iterable[Graph] | None = None) -> dict[str, Call]:
    """By the last of its nodes that does something, and of a view by its last one: of those that are in ``pieces``,
    into which ``graph`` was cut. A call of which nothing is left there is left out."""
    present = {node.name for piece in ([graph] if pieces is None else pieces) for node in piece.nodes}
    hints = {size_symbol(free.symbol): free.example for free in graph.free_sizes}
    parts: dict[str, list[Node]] = {}
    for node in graph.nodes:
        parts.setdefault(node.called or node.name, []).append(node)
    of = {node.name: name for name, nodes in parts.items() for node in nodes}
    used_by: dict[str, set[str]] = {}
    for node in graph.nodes:
        for name in references(node.args):
            used_by.setdefault(name, set()).add(of[node.name])
    kept, written = {*graph.outputs, *graph.mutations.values()}, {*graph.mutations.values()} - {*graph.outputs}
    sizes = {g.name: _bytes(g.shape, g.dtype, hints) for g in graph.inputs}
    sizes |= {n.name: _bytes(n.shape, n.dtype, hints) for n in graph.nodes if n.dtype}
    found = {}
    for name, nodes in parts.items():
        inside = {node.name for node in nodes}
        results = [n for n in nodes if n.dtype and (n.name in kept or used_by.get(n.name, set()) - {name})]
        values = [n for n in results if n.name not in written or used_by.get(n.name, set()) - {name}]
        at_work = [node for node in nodes if _runs(node)]
        read = {r for node in nodes for r in references(node.args)} - inside
        moved = sum(sizes.get(r, 0) for r in read) + sum(sizes[n.name] for n in results)
        label = next((node.label for node in reversed(nodes) if node.label), "")
        gives = _gives((values or results or nodes)[-1], label, hints)
        op = nodes[0].called_op or nodes[0].op
        stands_at = [n for n in at_work if n.name in present] or [n for n in nodes if n.name in present]
        if stands_at:
            found[stands_at[-1].name] = Call(op, frozenset(inside), gives, moved if at_work else 0)
    return found


def _gives(node: Node, label: str, hints: Mapping[Any, int]) -> TensorSpec:
    shape = tuple(_count([size], hints) for size in node.shape)
    return TensorSpec(label, shape, node.dtype)


def _runs(node: Node) -> bool:
    """Whether eager PyTorch launches something for it."""
    return node.op != "getitem" and not is_view(node)


def _bytes(shape: Iterable[str], dtype: str, hints: Mapping[Any, int]) -> int:
    return _count(shape, hints) * BYTES.get(dtype, 4)


def _count(shape: Iterable[str], hints: Mapping[Any, int]) -> int:
    try:
        return at_sizes(product([parse_size(size) for size in shape]), hints)
    except UnsupportedOperator:  # a size that is not the example's to tell
        return 0
