"""Large products read their operands along the inner dimension: those that lie otherwise are copied first.

Tensor cores take 32-bit operands in runs along the inner dimension only, and an address that goes along it element
after element is read 16 bytes at a time. So the channels of a convolution come last of its inner dimensions, its input
is copied channels last and its weights likewise, the right side of a product transposed. Where the operand is made by
another product the copy is how that one stores it. A copy is worth it where the product takes much longer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy

from kernelagent.worker.synth.dtypes import BYTES
from kernelagent.worker.synth.index import (
    ZERO,
    FloorDiv,
    Index,
    Loaded,
    Modulo,
    at_sizes,
    contiguous_strides,
    dim,
    product,
)
from kernelagent.worker.synth.ir import Buffer, Condition, Contract, Map, Op, Operand, Origin, Position

FEWEST = 16
"""Elements of a run that are worth a copy."""
SAVED = 0.3
"""Part of the product's time that reading in runs saves: 1.44 to 1.7 times faster products were measured on an H200."""
RATES = {"float32": 50e12, "float16": 250e12, "bfloat16": 250e12}
"""Operations in a second that such products reach there."""
COPIED = 1.5e12
"""Bytes in a second, read and written, that a transposing copy moves at least."""
LAUNCH_S = 4e-6

Copies = dict[tuple[Op, int], Map]


@dataclass(frozen=True)
class _Wanted:
    """An operand for which something must be copied: ``axis`` of ``source`` has to be last. The two differ where the
    operand is a padded view of what is copied."""

    operand: Operand
    source: Operand
    axis: int


def copy_operands(order: Sequence[Op], kept: Collection[Op], hints: Mapping[Any, int]) -> set[Op]:
    """Change the products in ``order``, but for ``kept``, so that they read along their inner dimension; gives the
    copies that they read now, which have to be in memory."""
    copies: Copies = {}
    for op in order:
        if isinstance(op, Contract) and op not in kept and op.operand_dtype in RATES:
            _along_the_inner(op, copies, hints)
    return set(copies.values())


def _along_the_inner(op: Contract, copies: Copies, hints: Mapping[Any, int]) -> None:
    if op.operand_dtype != "float32" and len(op.inner) == 1:
        return  # tensor cores take halves transposed
    first = len(op.domain)
    sizes = {first + i: at_sizes(size, hints) for i, size in enumerate(op.inner)}
    for last in sorted(sizes, key=lambda i: -sizes[i]):
        wanted = [_wanted(operand, last) for operand in (op.a, op.b)]
        if sizes[last] < FEWEST or any(w is None for w in wanted):
            continue
        needed = [w for w in wanted if isinstance(w, _Wanted)]
        if (needed or last != max(sizes)) and _pays(op, needed, copies, hints):
            _read_along(op, last, copies, needed)
        return


def _wanted(operand: Operand, last: int) -> _Wanted | Operand | None:
    """The copy that ``operand`` needs to be read along dimension ``last``; itself if it needs none; ``None`` where it
    can't be had: an index that is loaded or divided, or several that go along."""
    if isinstance(operand.op, Position) or any(e.atoms(Loaded) for e in map(sympy.sympify, operand.index)):
        return None
    axes = [i for i, e in enumerate(operand.index) if dim(last) in sympy.sympify(e).free_symbols]
    if not axes:
        return operand
    expression = sympy.expand(operand.index[axes[0]])
    divided = any(dim(last) in atom.free_symbols for atom in expression.atoms(FloorDiv, Modulo))
    if len(axes) > 1 or divided or expression.coeff(dim(last)) != 1:
        return None
    memory = operand.op
    inside = padded(memory)
    if inside is not None:
        inner = _wanted(inside, axes[0])
        return _Wanted(operand, inner.source, inner.axis) if isinstance(inner, _Wanted) else inner and operand
    strides = memory.strides if isinstance(memory, Buffer) else contiguous_strides(memory.shape)
    return operand if strides[axes[0]] == 1 else _Wanted(operand, operand, axes[0])


def padded(op: Op) -> Operand | None:
    """What ``op`` is where that is looked at, if it is a number elsewhere: the windows of a convolution that is padded.
    ``None`` for anything else."""
    if not isinstance(op, Map) or op.fn != "where":
        return None
    _, inside, rest = op.operands
    return inside if isinstance(inside, Operand) and inside.when and not isinstance(rest, Operand) else None


def _pays(op: Contract, needed: Sequence[_Wanted], copies: Copies, hints: Mapping[Any, int]) -> bool:
    operations = 2 * at_sizes(product([*op.domain, *op.inner]), hints)
    new = [w.source.op for w in needed if (w.source.op, w.axis) not in copies]
    moved = sum(2 * BYTES[made.dtype] * at_sizes(product(list(made.shape)), hints) for made in new)
    return SAVED * operations / RATES[op.operand_dtype] > len(new) * LAUNCH_S + moved / COPIED


def _read_along(op: Contract, last: int, copies: Copies, needed: Sequence[_Wanted]) -> None:
    """Dimension ``last`` becomes the last of the inner ones, and the operands that are ``needed`` so are copied."""
    first = len(op.domain)
    order = [*(i for i in range(first, first + len(op.inner)) if i != last), last]
    renamed = {dim(old): dim(first + new) for new, old in enumerate(order)}
    by_operand = {id(w.operand): w for w in needed}

    def changed(operand: Operand) -> Operand:
        wanted = by_operand.get(id(operand))
        read = operand if wanted is None else _from_copy(operand, wanted, copies, op.origin)
        when = tuple(_condition(c, renamed) for c in read.when)
        return Operand(read.op, _renamed(read.index, renamed), when)

    op.a, op.b = changed(op.a), changed(op.b)
    op.inner = tuple(op.inner[i - first] for i in order)


def _from_copy(operand: Operand, wanted: _Wanted, copies: Copies, origin: Origin | None) -> Operand:
    """The same elements out of the copy, through the same padding."""
    if operand is not wanted.source:
        inside = padded(operand.op)
        assert isinstance(operand.op, Map) and inside is not None
        test, _, rest = operand.op.operands
        read = _from_copy(inside, wanted, copies, origin)
        return Operand(replace(operand.op, operands=(test, read, rest)), operand.index, operand.when)
    axes = [*(i for i in range(len(operand.index)) if i != wanted.axis), wanted.axis]
    copy = copies.setdefault((operand.op, wanted.axis), _copy(operand.op, axes, origin))
    return Operand(copy, tuple(operand.index[i] for i in axes), operand.when)


def _copy(op: Op, axes: Sequence[int], origin: Origin | None) -> Map:
    """``op`` with its dimensions in the order of ``axes``."""
    shape = tuple(op.shape[i] for i in axes)
    index = tuple(ZERO if op.shape[i] == 1 else dim(axes.index(i)) for i in range(len(axes)))
    named = None if origin is None else Origin(origin.node, "layout", origin.line, "")
    return Map("cast", (Operand(op, index),), shape, op.dtype, op.dtype, {}, named, "laid_out")


def _renamed(index: Index, names: Mapping[Any, Any]) -> Index:
    return tuple(sympy.sympify(e).xreplace(dict(names)) for e in index)


def _condition(condition: Condition, names: Mapping[Any, Any]) -> Condition:
    return Condition(sympy.sympify(condition.expression).xreplace(dict(names)), condition.low, condition.high)
