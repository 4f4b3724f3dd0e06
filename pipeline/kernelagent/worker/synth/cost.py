"""Bytes and FLOPs, counted at the example's sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    total = flops = 0
    for kernel in kernels:
        touched: list[Op] = [*dict.fromkeys(kernel.loads), *kernel.stores]
        times = at_sizes(kernel.times, hints)
        total += times * sum(_count(op.shape, hints) * BYTES[op.dtype] for op in touched)
        flops += times * _flops(kernel, hints)
    return Cost(bytes=total, flops=flops, eager_bytes=_eager_bytes(graph, hints))


def _count(shape: Iterable[Any], hints: Mapping[Any, int]) -> int:
    return at_sizes(product(list(shape)), hints)


def _flops(kernel: Kernel, hints: Mapping[Any, int]) -> int:
    """Two for each multiply-add, one for each pointwise or reduced element."""
    total = 0
    seen: set[Op] = set()
    stack: list[Op] = [*kernel.heavies, *kernel.stores]
    while stack:
        op = stack.pop()
        if op in seen or isinstance(op, Buffer) or (op in kernel.loads):
            continue
        seen.add(op)
        if isinstance(op, Contract):
            total += 2 * _count((*op.shape, *op.inner), hints)
        elif isinstance(op, Reduce):
            total += _count(op.domain, hints)
        elif isinstance(op, Scan) or (isinstance(op, Map) and op.fn not in ("constant", "cast", "inside")):
            total += _count(op.shape, hints)
        stack.extend(o.op for o in operands(op))
    return total


def _eager_bytes(graph: Graph, hints: Mapping[Any, int]) -> int:
    sizes: dict[str, int] = {g.name: _bytes(g.shape, g.dtype, hints) for g in graph.inputs}
    sizes |= {n.name: _bytes(n.shape, n.dtype, hints) for n in graph.nodes if n.dtype}
    total = 0
    for node in graph.nodes:
        if not _runs(node):
            continue
        total += sum(sizes.get(r, 0) for r in set(references(node.args))) + sizes.get(node.name, 0)
    return total


def _runs(node: Node) -> bool:
    """Whether eager PyTorch launches something for it."""
    return node.op != "getitem" and not is_view(node)


def _bytes(shape: Iterable[str], dtype: str, hints: Mapping[Any, int]) -> int:
    return _count([parse_size(s) for s in shape], hints) * BYTES.get(dtype, 4)
