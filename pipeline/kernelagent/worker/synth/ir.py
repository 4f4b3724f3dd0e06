"""The loop-level IR: a handful of node kinds, each a value defined for every index of its shape.

Views are not nodes. An operand says at which index of its producer it is read, as expressions over the consumer's own
dimensions ``d0, d1, ...`` (:func:`~kernelagent.worker.synth.index.dim`), so a chain of views is one composed index.
A node's ``name`` is what its lowering calls it (``mean``), for the generated code.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sympy import Basic

from kernelagent.worker.synth.index import Index, Loaded, dim


@dataclass(frozen=True)
class Origin:
    """The graph operators and source lines that a value stems from."""

    node: str
    op: str
    """Short: ``gelu``"""
    line: int | None
    label: str


@dataclass(frozen=True)
class Condition:
    """``low <= expression < high`` with either end open; over the consumer's dimensions."""

    expression: Any
    low: Any | None
    high: Any | None


@dataclass(frozen=True)
class Operand:
    op: Op
    index: Index
    when: tuple[Condition, ...] = ()
    """Read only where all hold; elsewhere the value is not looked at."""


@dataclass(eq=False, repr=False)
class Buffer:
    """Memory: an input, a parameter, a constant tensor."""

    name: str
    shape: Index
    dtype: str
    strides: Index
    kind: str
    origin: Origin | None = None


@dataclass(eq=False, repr=False)
class Map:
    """One value of each operand in, one value out."""

    fn: str
    """Row of :data:`kernelagent.worker.synth.emit.pointwise.TEMPLATES`"""
    operands: tuple[Operand | float | int | bool, ...]
    shape: Index
    dtype: str
    compute: str
    """dtype that tensor operands are brought to before ``fn``"""
    attributes: dict[str, Any] = field(default_factory=dict)
    origin: Origin | None = None
    name: str = ""


@dataclass(eq=False, repr=False)
class Position:
    """An integer made of indices and sizes: ``arange``, a mask's coordinates, a size used as a number."""

    expression: Any
    shape: Index
    dtype: str
    origin: Origin | None = None
    name: str = ""


@dataclass(eq=False, repr=False)
class Reduce:
    """``fn`` over ``axes`` of ``domain``; its own shape is what is left, in order."""

    fn: str
    """``sum max min prod``"""
    operand: Operand
    domain: Index
    axes: tuple[int, ...]
    shape: Index
    dtype: str
    origin: Origin | None = None
    name: str = ""


@dataclass(eq=False, repr=False)
class Contract:
    """``out[place(b, m, n)] = sum_k a[b, m, k] * b[b, k, n]``. Operand indices are over the domain's dimensions:
    those of
    ``batch``, ``rows``, ``columns`` and ``inner``, in that order."""

    a: Operand
    b: Operand
    batch: Index
    rows: Index
    columns: Index
    inner: Index
    shape: Index
    place: Index
    """Where in ``shape`` the result for ``batch + rows + columns`` stands, over their dimensions: a convolution's
    channels
    are columns, but its second dimension."""
    dtype: str
    valid: tuple[Condition, ...] = ()
    """Where the domain is larger than ``shape``: what lies inside."""
    multiplied: str = ""
    """dtype in which the operands are multiplied, where it is not ``dtype``: halves whose sums stay float32."""
    origin: Origin | None = None
    name: str = ""

    @property
    def operand_dtype(self) -> str:
        return self.multiplied or self.dtype

    @property
    def domain(self) -> Index:
        return (*self.batch, *self.rows, *self.columns)


@dataclass(eq=False, repr=False)
class Scan:
    """Along ``axis`` each element joined by ``fn`` with all before it."""

    fn: str
    """``sum prod max min log_add``"""
    operand: Operand
    axis: int
    shape: Index
    dtype: str
    origin: Origin | None = None
    name: str = ""


@dataclass(eq=False, repr=False)
class State:
    """What a loop hands from one step to the next."""

    held: Buffer
    """As the body reads it."""
    first: Op
    """What it is before the first step, in memory of its own."""
    next: Op
    """What the body makes of it."""


@dataclass(frozen=True)
class Slice:
    """What a body reads of one step, where that lies in one piece."""

    held: Buffer
    """As the body reads it."""
    of: Op
    """All steps, along the first dimension."""
    place: Any


@dataclass(eq=False, repr=False)
class Loop:
    """A body of values that is computed ``count`` times, each time from what the last made. The body's indices hold
    ``step``, which goes from 1 to ``count``."""

    step: Any
    count: Any
    states: tuple[State, ...]
    kept: tuple[Op, ...]
    """Values of the body that are kept for every step."""
    place: Any
    """Where along the first dimension those of a step stand."""
    reads: tuple[Op, ...]
    """Values from outside that the body reads from memory: they are the same in every step."""
    slices: tuple[Slice, ...] = ()
    shape: Index = ()
    dtype: str = ""
    origin: Origin | None = None
    name: str = "loop"


@dataclass(eq=False, repr=False)
class LoopResult:
    """What a loop leaves: all steps of a kept value (``step`` is its first dimension), or the last of a state."""

    loop: Loop
    of: Op
    """One of ``kept``, or the ``next`` of a state."""
    every_step: bool
    shape: Index
    dtype: str
    origin: Origin | None = None
    name: str = ""


Op = Buffer | Map | Position | Reduce | Contract | Scan | Loop | LoopResult


def operands(op: Op) -> tuple[Operand, ...]:
    """The operands of a node that are values (numbers are left out), and the values that stand in their indices."""
    direct = _direct(op)
    expressions = [e for o in direct for e in (*o.index, *(c.expression for c in o.when))]
    if isinstance(op, Map):
        expressions += [c.expression for c in op.attributes.get("conditions", ())]
    return (*direct, *(o for e in expressions for o in _in_index(e)))


@functools.lru_cache(maxsize=1 << 16)
def _in_index(expression: Any) -> list[Operand]:
    found = expression.atoms(Loaded) if isinstance(expression, Basic) else set()
    ordered = sorted(found, key=lambda atom: (str(atom), atom.args[0].dummy_index))
    return [Operand(atom.args[0].op, atom.args[1:]) for atom in ordered]


def _direct(op: Op) -> tuple[Operand, ...]:
    if isinstance(op, Map):
        return tuple(o for o in op.operands if isinstance(o, Operand))
    if isinstance(op, (Reduce, Scan)):
        return (op.operand,)
    if isinstance(op, Contract):
        return (op.a, op.b)
    if isinstance(op, Loop):
        return tuple(_all_of(o) for o in (*op.reads, *(s.of for s in op.slices), *(s.first for s in op.states)))
    if isinstance(op, LoopResult):
        return (_all_of(op.loop),)
    return ()


def _all_of(op: Op) -> Operand:
    return Operand(op, tuple(dim(i) for i in range(len(op.shape))))


def topological(roots: list[Op], outside: Collection[Op] = ()) -> list[Op]:
    """All nodes that ``roots`` depend on, producers first, in the order of first use; less those that are ``outside``
    and what is only reached through them. A loop's body is not part of it."""
    order: list[Op] = []
    seen: set[int] = {id(op) for op in outside}
    stack: list[tuple[Op, bool]] = [(r, False) for r in reversed(roots)]
    while stack:
        op, done = stack.pop()
        if done:
            order.append(op)
            continue
        if id(op) in seen:
            continue
        seen.add(id(op))
        stack.append((op, True))
        stack.extend((o.op, False) for o in reversed(operands(op)))
    return order
