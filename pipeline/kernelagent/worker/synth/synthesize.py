"""The whole way of the built-in synthesizer: graph → IR → plan → kernels, kept together for whoever writes the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from kernelagent.errors import NothingToFuse
from kernelagent.worker.capture.graph import Graph, Node
from kernelagent.worker.synth.emit.kernel_source import KernelSource
from kernelagent.worker.synth.emit.kernels import value_labels, write_kernels
from kernelagent.worker.synth.extents import stride_extents
from kernelagent.worker.synth.fusion import fuse
from kernelagent.worker.synth.index import size_symbol
from kernelagent.worker.synth.ir import Buffer, LoopResult, Map, Op, Operand, Origin
from kernelagent.worker.synth.layout import lay_out_between
from kernelagent.worker.synth.lowering.program import Program, dense_order, lower
from kernelagent.worker.synth.lowering.values import Value
from kernelagent.worker.synth.machine import Machine, machine_for
from kernelagent.worker.synth.plan import Plan
from kernelagent.worker.synth.result_views import ViewChain, view_chain
from kernelagent.worker.synth.size_text import parse_size


@dataclass(frozen=True)
class Result:
    """How one output of the graph is given back: a stored value or an input, under a chain of views."""

    base: Op
    chain: ViewChain
    lies_as: str
    """The node or input of the graph in whose memory eager PyTorch has ``base``; empty where a trace doesn't say how a
    copy lies in eager PyTorch: that of an operator which is taken apart."""


@dataclass(frozen=True)
class Synthesis:
    graph: Graph
    program: Program
    plan: Plan
    results: tuple[Result, ...]
    updates: tuple[tuple[str, Result], ...]
    """Buffers that ``forward`` writes to, by graph input, and their new values."""
    labels: Mapping[Op, str]
    machine: Machine

    @cached_property
    def kernels(self) -> tuple[KernelSource, ...]:
        """In launch order, beside ``plan.kernels``; those that are one launch are one object. Written when they are
        first asked for: who cuts a graph needs none."""
        return tuple(write_kernels(self.graph, self.program, self.plan, size_hints(self.graph), self.machine))


def synthesize(graph: Graph, arches: Sequence[str] = ()) -> Synthesis:
    """``arches`` are the GPUs that tiles are chosen for. Raises UnsupportedOperator, UnsupportedDtype or NothingToFuse
    before anything is written."""
    program = lower(graph)
    results = _results(graph, program)
    paths = {g.path: g.name for g in graph.inputs}
    updates = tuple((paths[path], _result(graph, program, node)) for path, node in graph.mutations.items())
    stored = [r.base for r in (*results, *(r for _, r in updates)) if not isinstance(r.base, Buffer)]
    if not stored:
        raise NothingToFuse(f"{graph.class_name}.forward only rearranges its inputs.", file=graph.file)
    plan = fuse(stored, size_hints(graph))
    lay_out_between(plan, stored)
    _lay_out(graph, plan, results)
    return Synthesis(graph, program, plan, results, updates, value_labels(graph, program), machine_for(arches))


def size_hints(graph: Graph) -> dict[Any, int]:
    """Example value of each size symbol."""
    return {size_symbol(free.symbol): free.example for free in graph.free_sizes}


def _results(graph: Graph, program: Program) -> tuple[Result, ...]:
    """Two outputs that are one value here and lie otherwise in eager PyTorch are two: the second is a copy."""
    strides = {n.name: n.stride for n in graph.nodes}
    lying: dict[Op, tuple[str, ...] | None] = {}
    found = []
    for name in graph.outputs:
        result = _result(graph, program, name)
        there = strides.get(result.lies_as)
        if not isinstance(result.base, Buffer) and lying.setdefault(result.base, there) != there:
            result = replace(_copied(graph, program, name), lies_as=name)
        found.append(result)
    return tuple(found)


def _result(graph: Graph, program: Program, name: str) -> Result:
    """An output that is a view of something stored is given back as that view; anything else is stored as it is."""
    found = view_chain(graph, program, name)
    if found is not None and not _shared_memory(found[0], found[1]):
        return Result(*found)
    return _copied(graph, program, name)


def _copied(graph: Graph, program: Program, name: str) -> Result:
    value = program.values[name]
    assert isinstance(value, Value)
    operand = Operand(value.op, value.index)
    label = next((n.label for n in graph.nodes if n.name == name and n.label), "")
    copied = Map("cast", (operand,), value.shape, value.dtype, value.dtype, {}, Origin(name, "copy", None, label))
    return Result(copied, ViewChain(()), "")


def _shared_memory(base: Op, chain: ViewChain) -> bool:
    """What a loop leaves may be part of something larger, and lies as the loop makes it."""
    return isinstance(base, LoopResult) and (not base.every_step or bool(chain.methods))


def _lay_out(graph: Graph, plan: Plan, results: Sequence[Result]) -> None:
    """Outputs lie in memory as eager PyTorch would lay them, where that is a permutation of row-major; of one that is a
    view, what it looks at."""
    nodes: dict[str, Node] = {n.name: n for n in graph.nodes}
    for result in results:
        node = nodes.get(result.lies_as)
        if node is None or result.base not in plan.storage:
            continue
        buffer = plan.storage[result.base]
        strides = stride_extents([parse_size(s) for s in node.stride])
        if dense_order(list(buffer.shape), strides) is not None:
            buffer.strides = tuple(strides)
