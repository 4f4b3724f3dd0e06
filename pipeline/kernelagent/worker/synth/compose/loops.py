"""Loops in the wrapper: kernels that are launched once for each step, and the memory that they hand on.

A state's variable names other memory after each step: the step's part of what is kept of it, where it is kept, else
the other one of two buffers. So no launch reads what it writes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.extents import extents
from kernelagent.worker.synth.index import contiguous_strides
from kernelagent.worker.synth.ir import Buffer, LoopResult, Op
from kernelagent.worker.synth.plan import LoopPlan


def name_memory(
    planned: LoopPlan, names: dict[Op, str], fresh: Callable[[str], str], allocation: Callable[[Buffer], str]
) -> list[str]:
    """Lines that allocate what a loop writes. Adds to ``names`` what its kernels read and write, and its results."""
    loop = planned.loop
    lines = []
    for op in loop.kept:
        result = next((r for r in planned.results if r.of is op and r.every_step), None)
        shape = extents((loop.count, *op.shape))
        name = fresh((result.name if result is not None else "") or "kept")
        lines.append(f"{name} = {allocation(Buffer('', shape, op.dtype, contiguous_strides(shape), 'intermediate'))}")
        names[op] = f"{name}[{to_text(loop.place)}]"
        if result is not None:
            names[result] = name
    for part in loop.slices:
        names[part.held] = f"{names[part.of]}[{to_text(part.place)}]"
    for state in loop.states:
        names[state.held] = names[state.first]
        if state.next not in loop.kept:
            shape = tuple(state.next.shape)
            name = fresh(f"next_{state.held.name}")
            buffer = Buffer("", shape, state.next.dtype, contiguous_strides(shape), "intermediate")
            lines.append(f"{name} = {allocation(buffer)}")
            names[state.next] = name
        for result in _last(planned, state.next):
            names[result] = names[state.first]
    return lines


def _last(planned: LoopPlan, op: Op) -> Sequence[LoopResult]:
    return [r for r in planned.results if r.of is op and not r.every_step]


def head(planned: LoopPlan) -> str:
    loop = planned.loop
    return f"for {loop.step} in range(1, {to_text(loop.count + 1)}):"


def hand_on(planned: LoopPlan, names: dict[Op, str]) -> list[str]:
    """Lines at the end of a step, after which each state's variable is what the step has made."""
    lines = []
    for state in planned.loop.states:
        held, new = names[state.held], names[state.next]
        lines.append(f"{held} = {new}" if state.next in planned.loop.kept else f"{held}, {new} = {new}, {held}")
    return lines
