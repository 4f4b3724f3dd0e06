"""Bytes and FLOPs, counted at the example's sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kernelagent.contract.subgraph import Cost
from kernelagent.worker.capture.graph import Graph, Node
from kernelagent.worker.synth.dtypes import BYTES
from kernelagent.worker.synth.index import at_sizes, product
from kernelagent.worker.synth.ir import Buffer, Contract, Map, Op, Reduce, Scan, operands
from kernelagent.worker.synth.plan import Kernel
from kernelagent.worker.synth.result_views import is_view
from kernelagent.worker.synth.size_text import parse_size
from kernelagent.worker.synth.subgraphs import references
from kernelagent.worker.synth.synthesize import Synthesis, size_hints


def cost_of(synthesis: Synthesis, kernels: Iterable[Kernel], graph: Graph) -> Cost:
    """``kernels`` of the synthesis, and the operators of ``graph`` that they stand for."""
    hints = size_hints(synthesis.graph)
    kernels = tuple(kernels)
    total = 0
    for kernel in kernels:
        touched: list[Op] = [*dict.fromkeys(kernel.loads), *kernel.stores]
        times = at_sizes(kernel.times, hints)
        total += times * sum(_count(op.shape, hints) * BYTES[op.dtype] for op in touched)
    flops = sum(operator_flops(synthesis, kernels).values())
    return Cost(bytes=total, flops=flops, eager_bytes=sum(operator_bytes(graph).values()))


def operator_flops(synthesis: Synthesis, kernels: Iterable[Kernel]) -> dict[str, int]:
    """FLOPs of ``kernels`` by the node of the graph that they stem from; those of no node by the empty name."""
    hints = size_hints(synthesis.graph)
    found: Counter[str] = Counter()
    for kernel in kernels:
        times = at_sizes(kernel.times, hints)
        for node, flops in _flops(kernel, hints):
            found[node] += times * flops
    return dict(found)


def operator_bytes(graph: Graph) -> dict[str, int]:
    """By node, what eager PyTorch reads and writes for it; nothing for a view."""
    hints = size_hints(graph)
    sizes: dict[str, int] = {g.name: _bytes(g.shape, g.dtype, hints) for g in graph.inputs}
    sizes |= {n.name: _bytes(n.shape, n.dtype, hints) for n in graph.nodes if n.dtype}
    return {node.name: _moved(node, sizes, hints) for node in graph.nodes if _runs(node)}


def _count(shape: Iterable[Any], hints: Mapping[Any, int]) -> int:
    return at_sizes(product(list(shape)), hints)


def launches_of(synthesis: Synthesis) -> int:
    """How many kernels one call launches; for this they are written."""
    hints = size_hints(synthesis.graph)
    pairs = zip(synthesis.kernels, synthesis.plan.kernels, strict=True)
    return sum({id(source): at_sizes(kernel.times, hints) for source, kernel in pairs}.values())


def _flops(kernel: Kernel, hints: Mapping[Any, int]) -> Iterator[tuple[str, int]]:
    """Two for each multiply-add, one for each pointwise or reduced element, with the node that each stems from."""
    seen: set[Op] = set()
    stack: list[Op] = [*kernel.heavies, *kernel.stores]
    while stack:
        op = stack.pop()
        if op in seen or isinstance(op, Buffer) or (op in kernel.loads):
            continue
        seen.add(op)
        if isinstance(op, Contract):
            yield _node(op), 2 * _count((*op.shape, *op.inner), hints)
        elif isinstance(op, Reduce):
            yield _node(op), _count(op.domain, hints)
        elif isinstance(op, Scan) or (isinstance(op, Map) and op.fn not in ("constant", "cast", "inside")):
            yield _node(op), _count(op.shape, hints)
        stack.extend(o.op for o in operands(op))


def _node(op: Contract | Reduce | Scan | Map) -> str:
    return "" if op.origin is None else op.origin.node


def _moved(node: Node, sizes: Mapping[str, int], hints: Mapping[Any, int]) -> int:
    """Each operand read once, and each result written: one of several has its own size."""
    several = sum(_bytes(shape, dtype, hints) for shape, dtype in zip(node.shapes, node.dtypes, strict=True) if dtype)
    return sum(sizes.get(r, 0) for r in set(references(node.args))) + (several or sizes.get(node.name, 0))


def _runs(node: Node) -> bool:
    """Whether eager PyTorch launches something for it."""
    return node.op != "getitem" and not is_view(node)


def _bytes(shape: Iterable[str], dtype: str, hints: Mapping[Any, int]) -> int:
    return _count([parse_size(s) for s in shape], hints) * BYTES.get(dtype, 4)
