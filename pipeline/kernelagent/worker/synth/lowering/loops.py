"""Loops over steps: a body of values, what it hands on, and what of it is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from kernelagent.worker.synth.extents import extents
from kernelagent.worker.synth.index import dim
from kernelagent.worker.synth.ir import Buffer, Loop, LoopResult, Map, Op, Position, Slice, State, operands
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.values import Value, read_at, whole

STEP = sympy.Symbol("step_number", integer=True, positive=True)
"""Goes from 1 to the number of steps."""


@dataclass(frozen=True)
class Steps:
    """What a body gives for one step."""

    states: tuple[Value, ...]
    kept: tuple[Value, ...]


@dataclass(frozen=True)
class Looped:
    last: tuple[Value, ...]
    """Each state after the last step."""
    kept: tuple[Value, ...]
    """All steps of what is kept, along a first dimension."""


def of_this_step(value: Value, place: Any) -> tuple[Value, Slice] | None:
    """What stands at ``place`` of a value that lies in memory step after step; ``None`` where it lies otherwise."""
    if value.index != whole(value.op).index or tuple(value.shape) != tuple(value.op.shape):
        return None
    shape = value.shape[1:]
    held = Buffer(f"{value.op.name or 'value'}_of_step", shape, value.dtype, _row_major(shape), "slice")
    return whole(held), Slice(held, value.op, place)


def loop(
    b: Builder,
    count: Any,
    first: Sequence[Value],
    names: Sequence[str],
    body: Callable[[tuple[Value, ...]], Steps],
    backwards: bool = False,
    slices: Sequence[Slice] = (),
) -> Looped:
    """``body`` gives the states after a step and what is kept of it, from the states before; in what it reads from
    outside it says by ``STEP`` which step it is. ``backwards``: what is kept of the first step stands last."""
    held = [Buffer(n, v.shape, v.dtype, _row_major(v.shape), "state") for n, v in zip(names, first, strict=True)]
    made = body(tuple(whole(h) for h in held))
    moving = _Moving([*held, *(s.held for s in slices)])
    copies: dict[Any, Op] = {}
    states = tuple(
        State(h, _own(b, v, n), _stored(b, new, f"next_{n}", copies, moving))
        for h, v, n, new in zip(held, first, names, made.states, strict=True)
    )
    states = _apart(b, states)
    kept = tuple(_stored(b, v, "", copies, moving) for v in made.kept)
    roots = [*(s.next for s in states), *kept]
    place = count - STEP if backwards else STEP - 1
    reads = _frontier(roots, moving)
    made_loop = Loop(STEP, count, states, kept, place, reads, tuple(slices), origin=b.origin)
    last = tuple(whole(LoopResult(made_loop, s.next, False, s.next.shape, s.next.dtype, b.origin)) for s in states)
    every = tuple(
        whole(LoopResult(made_loop, k, True, extents((count, *k.shape)), k.dtype, b.origin, f"{b.origin.op}_out"))
        for k in kept
    )
    return Looped(last, every)


def _row_major(shape: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(sympy.Mul(*shape[i + 1 :]) for i in range(len(shape)))


def _own(b: Builder, value: Value, name: str) -> Op:
    """A copy in memory of its own."""
    operand = _operand(value)
    return Map("cast", (operand,), value.shape, value.dtype, value.dtype, {}, b.origin, name)


def _operand(value: Value) -> Any:
    return read_at(value, tuple(dim(i) for i in range(value.rank)), value.shape)


def _stored(b: Builder, value: Value, name: str, copies: dict[Any, Op], moving: _Moving) -> Op:
    """What the body makes as it is; a copy of what is a view, or comes from elsewhere: one of equal values."""
    if not isinstance(value.op, (Buffer, LoopResult)) and value.index == whole(value.op).index and moving(value.op):
        return value.op
    key = (value.op, value.index, value.shape)
    if key not in copies:
        copies[key] = _own(b, value, name)
    return copies[key]


class _Moving:
    """Whether a value changes from step to step."""

    def __init__(self, held: Sequence[Buffer]):
        self._held = set(held)
        self._known: dict[Op, bool] = {}

    def __call__(self, op: Op) -> bool:
        if op not in self._known:
            self._known[op] = False
            inner = any(self(o.op) for o in operands(op))
            self._known[op] = op in self._held or _mentions_step(op) or inner
        return self._known[op]


def _apart(b: Builder, states: tuple[State, ...]) -> tuple[State, ...]:
    """Two states that are given the same value get two copies of it: each has memory of its own."""
    seen: set[Op] = set()
    found = []
    for state in states:
        new = state.next if state.next not in seen else _own(b, whole(state.next), state.next.name)
        seen.add(new)
        found.append(State(state.held, state.first, new))
    return tuple(found)


def _frontier(roots: Sequence[Op], moving: _Moving) -> tuple[Op, ...]:
    """Values that the body reads and that are the same in every step, where they are more than numbers."""
    costly: dict[Op, bool] = {}

    def costs(op: Op) -> bool:
        if op not in costly:
            costly[op] = not isinstance(op, (Map, Position)) or any(costs(o.op) for o in operands(op))
        return costly[op]

    found: dict[Op, None] = {}
    seen: set[Op] = set()
    stack = list(reversed(roots))
    while stack:
        op = stack.pop()
        if op in seen or isinstance(op, Buffer):
            continue
        seen.add(op)
        if not moving(op) and op not in roots:
            if costs(op):
                found[op] = None
            continue
        stack.extend(o.op for o in reversed(operands(op)))
    return tuple(found)


def _mentions_step(op: Op) -> bool:
    expressions = [e for o in operands(op) for e in (*o.index, *(c.expression for c in o.when))]
    if isinstance(op, Position):
        expressions.append(op.expression)
    if isinstance(op, Map):
        expressions += [c.expression for c in op.attributes.get("conditions", ())]
    return any(STEP in sympy.sympify(e).free_symbols for e in expressions)
