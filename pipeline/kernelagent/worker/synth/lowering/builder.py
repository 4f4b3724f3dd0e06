"""Makes IR nodes out of values: broadcasting and type promotion live here, once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy

from kernelagent.worker.capture.graph import Node
from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.extents import extent, extents
from kernelagent.worker.synth.index import ZERO, FloorDiv, Index, at_sizes, dim, product
from kernelagent.worker.synth.ir import Buffer, Condition, Contract, Map, Operand, Origin, Position, Reduce
from kernelagent.worker.synth.lowering.stages import later_axes, parts_of_axis
from kernelagent.worker.synth.lowering.values import (
    Number,
    Value,
    broadcast_index,
    broadcast_shapes,
    promotion_kind,
    read_at,
    viewed,
    whole,
)


class Builder:
    """Lowers one graph node; ``origin`` is stamped on every IR node made for it."""

    def __init__(self, node: Node, interned: dict[Any, Any] | None = None, hints: Mapping[Any, int] | None = None):
        self.node = node
        self.hints = hints or {}
        """Example value of each free size."""
        self._interned: dict[Any, Any] = {} if interned is None else interned
        self.origin = Origin(node.name, node.op.split(".")[1] if "." in node.op else node.op, node.line, node.label)

    def at(self, node: Node) -> Builder:
        """The same for another node of the program."""
        return Builder(node, self._interned, self.hints)

    # -- pointwise -------------------------------------------------------------------------------------------------

    def map(
        self,
        fn: str,
        *values: Value | Number | Any,
        dtype: str | None = None,
        compute: str | None = None,
        shape: Sequence[Any] | None = None,
        **attributes: Any,
    ) -> Value:
        """``fn`` over broadcast operands. ``compute`` defaults to the promoted dtype, ``dtype`` to ``compute``."""
        given = [self._operand(v) for v in values]
        compute = compute or dtypes.promote([promotion_kind(v) for v in given])
        to = extents(shape) if shape is not None else broadcast_shapes([v.shape for v in given if isinstance(v, Value)])
        operands = tuple(read_at(v, broadcast_index(v.shape, to), to) if isinstance(v, Value) else v for v in given)
        return self._shared(Map(fn, operands, to, dtype or compute, compute, attributes, self.origin))

    def _shared(self, made: Map) -> Value:
        """The same function of the same operands is one node, however often the graph asks for it."""
        key = (made.fn, made.operands, made.shape, made.dtype, made.compute, tuple(sorted(made.attributes.items())))
        numbers = tuple(type(o).__name__ for o in made.operands)  # 1, 1.0 and True are equal but not the same
        return whole(self._interned.setdefault((key, numbers), made))

    def shared(self, key: str, make: Callable[[], Buffer]) -> Buffer:
        """One buffer for the whole program, made by the first that asks for it."""
        found: Buffer = self._interned.setdefault(key, None) or make()
        self._interned[key] = found
        return found

    def named(self, value: Value, name: str) -> Value:
        """Say what the generated code should call a value."""
        if not isinstance(value.op, Buffer) and not value.op.name:
            value.op.name = name
        return value

    def _operand(self, value: Any) -> Any:
        if isinstance(value, sympy.Expr):
            return int(value) if value.is_Integer else self.constant(value)
        return value

    def float_map(self, fn: str, *values: Value | Number, **attributes: Any) -> Value:
        """Like :meth:`map`, with integers taken to float32 first, as PyTorch's float functions do."""
        compute = dtypes.promote([promotion_kind(v) for v in values])
        return self.map(fn, *values, compute=compute if dtypes.is_float(compute) else "float32", **attributes)

    def compare(self, fn: str, *values: Value | Number) -> Value:
        return self.map(fn, *values, dtype="bool")

    def cast(self, value: Value, dtype: str) -> Value:
        return value if value.dtype == dtype else self.map("cast", value, compute=dtype, dtype=dtype)

    def choose(self, condition: Value, a: Value | Number, b: Value | Number, dtype: str | None = None) -> Value:
        """``where(condition, a, b)``; the branches are promoted, the condition is not."""
        compute = dtype or dtypes.promote([promotion_kind(a), promotion_kind(b)])
        return self.map("where", self.truth(condition), a, b, compute=compute, dtype=compute)

    def truth(self, value: Value) -> Value:
        return value if value.dtype == "bool" else self.map("ne", value, 0, dtype="bool")

    def constant(self, expression: Any, dtype: str | None = None, shape: Sequence[Any] = ()) -> Value:
        """A number made of sizes (and, with ``shape``, of the indices ``d0, d1, ...``)."""
        kind = dtype or ("int64" if expression.is_integer else "float32")
        made = Position(sympy.sympify(expression), extents(shape), kind, self.origin)
        return whole(self._interned.setdefault((made.expression, made.shape, kind), made))

    def filled(self, number: Number, shape: Sequence[Any], dtype: str) -> Value:
        return whole(Map("constant", (number,), extents(shape), dtype, dtype, {}, self.origin))

    # -- selection by position -------------------------------------------------------------------------------------

    def inside(self, shape: Sequence[Any], conditions: Sequence[Condition]) -> Value:
        """A boolean: whether the position fulfils the conditions."""
        return whole(Map("inside", (), extents(shape), "bool", "bool", {"conditions": tuple(conditions)}, self.origin))

    def guarded(
        self, shape: Sequence[Any], conditions: Sequence[Condition], value: Value, index: Sequence[Any], other: Any
    ) -> Value:
        """``value`` at ``index`` where the conditions hold, ``other`` (a number or a value of ``shape``) elsewhere;
        memory outside the conditions is not touched."""
        to = extents(shape)
        if not conditions:
            return viewed(value, index, to)
        taken = read_at(value, index, to)
        guarded = Operand(taken.op, taken.index, tuple(conditions))
        test = read_at(self.inside(to, conditions), tuple(dim(i) for i in range(len(to))), to)
        rest = read_at(other, broadcast_index(other.shape, to), to) if isinstance(other, Value) else other
        return whole(Map("where", (test, guarded, rest), to, value.dtype, value.dtype, {}, self.origin))

    # -- reductions ------------------------------------------------------------------------------------------------

    def reduce(self, fn: str, value: Value, axes: Sequence[int], dtype: str | None = None) -> Value:
        """``fn`` over ``axes``; keeps none of them. ``dtype`` is what is accumulated and returned."""
        axes = tuple(sorted(a % value.rank for a in axes)) if value.rank else ()
        dtype = dtype or value.dtype
        if not axes:
            return self.cast(value, dtype)
        found = self._in_two_stages(fn, value, axes, dtype)
        if found is not None:
            return found
        kept = tuple(s for i, s in enumerate(value.shape) if i not in axes)
        operand = read_at(value, tuple(ZERO if s == 1 else dim(i) for i, s in enumerate(value.shape)), value.shape)
        made = Reduce(fn, operand, tuple(value.shape), axes, kept, dtype, self.origin)
        return whole(self._interned.setdefault((fn, operand, made.domain, axes, dtype), made))

    def _in_two_stages(self, fn: str, value: Value, axes: tuple[int, ...], dtype: str) -> Value | None:
        """The reduction of what is reduced in parts first, where there would be too few programs else."""
        later = later_axes(value.shape, axes, self.hints)
        if not later and fn == "sum" and (parts := parts_of_axis(value.shape, axes, self.hints)) > 1:
            from kernelagent.worker.synth.lowering.long_products import cut_in_parts

            longest = max(axes, key=lambda a: at_sizes(value.shape[a], self.hints))
            size = value.shape[longest]
            length = -(-int(size) // parts) if size.is_Integer else extent(FloorDiv(size + parts - 1, parts))
            value = cut_in_parts(self, value, longest, parts, length)
            later = (longest,)
            axes = tuple(sorted({longest, *(a if a <= longest else a + 1 for a in axes), longest + 1}))
        if not later:
            return None
        wide = dtypes.register(dtype)
        first = self.reduce(fn, self.cast(value, wide), [a for a in axes if a not in later], wide)
        left = [i for i in range(value.rank) if i not in axes or i in later]
        return self.cast(self.reduce(fn, self.named(first, "parts"), [left.index(a) for a in later], wide), dtype)

    def count(self, value: Value, axes: Sequence[int]) -> Any:
        return product([value.shape[a] for a in axes])

    # -- contraction -----------------------------------------------------------------------------------------------

    def contract(
        self,
        a: Value,
        b: Value,
        batch: int,
        rows: int,
        columns: int,
        inner: int,
        dtype: str,
        placed: tuple[Sequence[Any], Sequence[Any], Sequence[Condition]] | None = None,
        multiplied: str = "",
    ) -> Value:
        """``a``: batch + rows + inner dimensions; ``b``: batch + inner + columns dimensions, by count of each.
        ``placed``:
        shape, index and conditions of the result, where it is not just batch + rows + columns. ``multiplied``: dtype
        of the operands in the product, where it is not ``dtype``."""
        batch_shape, row_shape = a.shape[:batch], a.shape[batch : batch + rows]
        inner_shape, column_shape = a.shape[batch + rows :], b.shape[batch + inner :]
        domain = (*batch_shape, *row_shape, *column_shape, *inner_shape)
        dims = [ZERO if s == 1 else dim(i) for i, s in enumerate(domain)]
        in_batch, rest = dims[:batch], dims[batch:]
        in_rows, in_columns, in_inner = rest[:rows], rest[rows : rows + columns], rest[rows + columns :]
        left = read_at(a, (*in_batch, *in_rows, *in_inner), domain)
        right = read_at(b, (*in_batch, *in_inner, *in_columns), domain)
        outer = (*batch_shape, *row_shape, *column_shape)
        shape, place, valid = placed or (outer, tuple(dim(i) for i in range(len(outer))), ())
        made = Contract(
            left,
            right,
            batch_shape,
            row_shape,
            column_shape,
            inner_shape,
            extents(shape),
            tuple(place),
            dtype,
            tuple(valid),
            "" if multiplied == dtype else multiplied,
            self.origin,
        )
        key = (
            *("contract", left, right, batch, rows, columns, domain),
            *(made.shape, made.place, dtype, made.valid, made.multiplied),
        )
        return whole(self._interned.setdefault(key, made))


def is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float))


def finite(value: float) -> bool:
    return math.isfinite(value)


def as_axes(value: Any, rank: int) -> tuple[int, ...]:
    """A ``dim`` argument as sorted, nonnegative axes; ``None`` or an empty list means all."""
    if value is None or value == []:
        return tuple(range(rank))
    listed = value if isinstance(value, (list, tuple)) else [value]
    return tuple(sorted({int(v) % max(rank, 1) for v in listed})) if rank else ()


def keep_dims(value: Value, axes: Sequence[int], shape_before: Index) -> Value:
    """Put sizes of 1 back where ``axes`` were reduced."""
    kept = [i for i in range(len(shape_before)) if i not in axes]
    shape = tuple(sympy.Integer(1) if i in axes else s for i, s in enumerate(shape_before))
    return viewed(value, tuple(ZERO if shape_before[i] == 1 else dim(i) for i in kept), shape)
