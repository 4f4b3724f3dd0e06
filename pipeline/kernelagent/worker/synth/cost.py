"""Bytes and FLOPs, counted at the example's sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kernelagent.contract.subgraph import Cost
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.dtypes import BYTES
from kernelagent.worker.synth.eager import Call
from kernelagent.worker.synth.index import at_sizes, product
from kernelagent.worker.synth.ir import Buffer, Contract, Map, Op, Reduce, Scan, operands
from kernelagent.worker.synth.plan import Kernel
from kernelagent.worker.synth.synthesize import Synthesis, size_hints


def cost_of(synthesis: Synthesis, kernels: Iterable[Kernel], graph: Graph, called: Mapping[str, Call]) -> Cost:
    """``kernels`` of the synthesis, and the operators of ``graph`` that they stand for; ``called``: by the module."""
    hints = size_hints(synthesis.graph)
    kernels = tuple(kernels)
    total = 0
    for kernel in kernels:
        touched: list[Op] = [*dict.fromkeys(kernel.loads), *kernel.stores]
        times = at_sizes(kernel.times, hints)
        total += times * sum(_count(op.shape, hints) * BYTES[op.dtype] for op in touched)
    flops = sum(operator_flops(synthesis, kernels).values())
    return Cost(
        bytes=total, flops=flops, eager_bytes=sum(called[n.name].bytes for n in graph.nodes if n.name in called)
    )


def operator_flops(synthesis: Synthesis, kernels: Iterable[Kernel]) -> dict[str, int]:
    """FLOPs of ``kernels`` by the node of the graph that they stem from; those of no node by the empty name."""
    hints = size_hints(synthesis.graph)
    found: Counter[str] = Counter()
    for kernel in kernels:
        times = at_sizes(kernel.times, hints)
        for node, flops in _flops(kernel, hints):
            found[node] += times * flops
    return dict(found)


def _count(shape: Iterable[Any], hints: Mapping[Any, int]) -> int:
    return at_sizes(product(list(shape)), hints)


def launches_of(synthesis: Synthesis, kernels: Iterable[Kernel]) -> int:
    """How often ``kernels`` of the synthesis are launched in one call; for this they are written."""
    hints = size_hints(synthesis.graph)
    counted = {id(kernel) for kernel in kernels}
    pairs = [
        (source, kernel)
        for source, kernel in zip(synthesis.kernels, synthesis.plan.kernels, strict=True)
        if id(kernel) in counted
    ]
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
