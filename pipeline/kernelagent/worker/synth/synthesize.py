"""The whole way of the built-in synthesizer: graph → IR → plan → kernels, kept together for whoever writes the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernelagent.errors import NothingToFuse
from kernelagent.worker.capture.graph import Graph, Node
from kernelagent.worker.synth.emit.kernel_source import KernelSource
from kernelagent.worker.synth.emit.kernels import value_labels, write_kernels
from kernelagent.worker.synth.extents import stride_extents
from kernelagent.worker.synth.fusion import fuse
from kernelagent.worker.synth.index import dim, parse_size, size_symbol
from kernelagent.worker.synth.ir import Buffer, LoopResult, Map, Op, Operand, Origin
from kernelagent.worker.synth.layout import lay_out_between
from kernelagent.worker.synth.lowering.program import Program, dense_order, lower
from kernelagent.worker.synth.lowering.values import Value
from kernelagent.worker.synth.machine import machine_for
from kernelagent.worker.synth.plan import Plan
from kernelagent.worker.synth.result_views import ViewChain, view_chain


@dataclass(frozen=True)
class Result:
    """How one output of the graph is given back: a stored value or an input, under a chain of views."""

    base: Op
    chain: ViewChain


@dataclass(frozen=True)
class Synthesis:
    graph: Graph
    program: Program
    plan: Plan
    kernels: tuple[KernelSource, ...]
    """In launch order, beside ``plan.kernels``; those that are one launch are one object."""
    results: tuple[Result, ...]
    updates: tuple[tuple[str, Result], ...]
    """Buffers that ``forward`` writes to, by graph input, and their new values."""
    labels: Mapping[Op, str]


def synthesize(graph: Graph, arches: Sequence[str] = ()) -> Synthesis:
    """``arches`` are the GPUs that tiles are chosen for. Raises UnsupportedOperator, UnsupportedDtype or NothingToFuse
    before anything is written."""
    program = lower(graph)
    results = tuple(_result(graph, program, name) for name in graph.outputs)
    paths = {g.path: g.name for g in graph.inputs}
    updates = tuple((paths[path], _result(graph, program, node)) for path, node in graph.mutations.items())
    stored = [r.base for r in (*results, *(r for _, r in updates)) if not isinstance(r.base, Buffer)]
    if not stored:
        raise NothingToFuse(f"{graph.class_name}.forward only rearranges its inputs.", file=graph.file)
    hints = size_hints(graph)
    plan = fuse(stored, hints)
    lay_out_between(plan, stored)
    _lay_out(graph, program, plan)
    kernels = tuple(write_kernels(graph, program, plan, hints, machine_for(arches)))
    return Synthesis(graph, program, plan, kernels, results, updates, value_labels(graph, program))


def size_hints(graph: Graph) -> dict[Any, int]:
    """Example value of each size symbol."""
    return {size_symbol(free.symbol): free.example for free in graph.free_sizes}


def _result(graph: Graph, program: Program, name: str) -> Result:
    """An output that is a view of something stored is given back as that view; anything else is stored as it is."""
    value = program.values[name]
    assert isinstance(value, Value)
    found = view_chain(graph, program, name)
    if found is not None and not _shared_memory(*found):
        return Result(*found)
    operand = Operand(value.op, value.index)
    label = next((n.label for n in graph.nodes if n.name == name and n.label), "")
    copied = Map("cast", (operand,), value.shape, value.dtype, value.dtype, {}, Origin(name, "copy", None, label))
    return Result(copied, ViewChain(()))


def _shared_memory(base: Op, chain: ViewChain) -> bool:
    """What a loop leaves may be part of something larger, and lies as the loop makes it."""
    return isinstance(base, LoopResult) and (not base.every_step or bool(chain.methods))


def _lay_out(graph: Graph, program: Program, plan: Plan) -> None:
    """Outputs lie in memory as eager PyTorch would lay them, where that is a permutation of row-major."""
    nodes: dict[str, Node] = {n.name: n for n in graph.nodes}
    for name in graph.outputs:
        value, node = program.values[name], nodes.get(name)
        if node is None or not isinstance(value, Value) or value.op not in plan.storage:
            continue
        buffer = plan.storage[value.op]
        if tuple(value.shape) != tuple(buffer.shape) or any(
            i != dim(p) and buffer.shape[p] != 1 for p, i in enumerate(value.index)
        ):
            continue
        strides = stride_extents([parse_size(s) for s in node.stride])
        if dense_order(list(buffer.shape), strides) is not None:
            buffer.strides = tuple(strides)
