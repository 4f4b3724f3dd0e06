"""What a call of one of Triton's functions gives."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kernelagent.lint import tails
from kernelagent.lint.axes import aligned, joint_rank, moved_axes
from kernelagent.lint.dtypes import elementwise_dtype, joint_dtype, product_dtype, reduction_dtype
from kernelagent.lint.language import ATOMICS, REDUCTIONS
from kernelagent.lint.value import ORDER, SINGLE, UNKNOWN, Kind, Rest, Tail, Value

if TYPE_CHECKING:
    from kernelagent.lint.expressions import Expressions

_KEEPS_TAILS = frozenset({"exp", "exp2", "log", "log2", "sqrt", "rsqrt", "abs", "sigmoid", "erf", "sin", "cos"})
_ELEMENTWISE = _KEEPS_TAILS | {"maximum", "minimum", "fma", "clamp", "floor", "ceil", "fdiv", "div_rn", "umulhi"}
_NEVER_NEGATIVE = frozenset({"exp", "exp2", "abs", "sqrt", "rsqrt", "sigmoid"})
_RESHAPES = frozenset({"trans", "permute", "reshape", "view", "broadcast_to", "expand_dims", "ravel", "flip", "cat"})
_RESHAPES |= {"cumsum", "cumprod", "sort", "associative_scan", "softmax"}
_OPTIONS = frozenset({"propagate_nan", "ieee_rounding"})
_HINTS = frozenset({"multiple_of", "max_contiguous", "max_constancy"})


def result(
    ex: Expressions,
    name: str,
    node: ast.Call,
    values: list[Value],
    given: Mapping[str, Value],
    nodes: Mapping[str, ast.expr],
) -> Value:
    first = values[0] if values else UNKNOWN
    if name == "arange":
        identity = ex.fresh()
        ex.flow.ranges.add(identity)
        ex.flow.made[node] = identity
        return Value(
            Kind.BLOCK,
            identity,
            dtype="int32",
            rank=1,
            varies=frozenset({0}),
            leaves={identity: frozenset({0})},
            is_clear=True,
            never_negative=True,
        )
    if name in ("program_id", "num_programs"):
        return Value(Kind.SCALAR, ex.fresh(), dtype="int32", rank=0, programs=True, never_negative=True)
    if name in ("zeros", "full"):
        shape = nodes.get("shape")
        rank = len(shape.elts) if isinstance(shape, (ast.Tuple, ast.List)) else None
        number = 0.0 if name == "zeros" else given.get("value", UNKNOWN).number
        dtype = ex.dtype_of(nodes.get("dtype"))
        return Value(Kind.BLOCK, ex.fresh(), dtype=dtype, rank=rank, number=number, is_clear=number is not None)
    if name == "zeros_like":
        return Value(Kind.BLOCK, ex.fresh(), dtype=first.dtype, rank=first.rank, number=0.0, is_clear=True)
    if name == "load":
        return _load(ex, node, given, nodes)
    if name == "cast":
        dtype = ex.dtype_of(nodes.get("dtype"))
        wide = first.wide or dtype in ("int64", "uint64", "float64")
        kind = Kind.SCALAR if first.kind is Kind.CONSTANT else first.kind  # a literal has got a type
        return replace(first, kind=kind, dtype=dtype, raw=None, wide=wide)
    if name in _HINTS:
        return first
    if name == "dot":
        asked, accumulator = nodes.get("out_dtype"), given.get("acc")
        out = "float32" if asked is None else ex.dtype_of(asked)
        if asked is None and accumulator is not None and accumulator.kind is not Kind.CONSTANT:
            out = accumulator.dtype
        dtype = product_dtype(given.get("input", UNKNOWN).dtype, out)
        return Value(Kind.BLOCK, ex.fresh(), dtype=dtype, rank=2, varies=frozenset({0, 1}))
    if name in REDUCTIONS:
        return _reduced(ex, name, first, nodes)
    if name == "where":
        return _where(ex, values)
    if name in ("make_block_ptr", "advance"):
        return Value(Kind.BLOCK_POINTER, root=first.root)
    if name in ("cdiv",):
        return ex.combine(ast.FloorDiv(), first, values[1], node) if len(values) > 1 else UNKNOWN
    if name in _ELEMENTWISE:
        return elementwise(ex, name, [value for key, value in given.items() if key not in _OPTIONS])
    if name in _RESHAPES:
        dtype = _asked_or(ex, nodes, reduction_dtype(name, first.dtype))
        return Value(Kind.BLOCK, ex.fresh(), dtype=dtype) if first.is_block else UNKNOWN
    if name in ATOMICS:
        return Value(first.kind if first.kind is Kind.BLOCK else Kind.UNKNOWN, ex.fresh())
    return UNKNOWN


def _load(ex: Expressions, node: ast.Call, given: Mapping[str, Value], nodes: Mapping[str, ast.expr]) -> Value:
    pointer = given.get("pointer", UNKNOWN)
    identity = ex.fresh()
    ex.flow.made[node] = identity
    if pointer.kind is Kind.ARGUMENT:
        return Value(Kind.UNKNOWN, identity, raw=node)
    if not pointer.is_block:
        kind = Kind.SCALAR if pointer.kind is Kind.SCALAR else Kind.UNKNOWN
        return Value(Kind.BLOCK if pointer.kind is Kind.BLOCK_POINTER else kind, identity, raw=node)
    found: dict[int, Tail] = {}
    mask = given.get("mask", UNKNOWN)
    other, rank = given.get("other"), pointer.rank
    fill = Rest.UNDEFINED if other is None else other.number
    if mask.is_block and fill is not None and rank is not None:
        for offsets, axes in aligned(mask, rank).bounds.items():
            if len(axes) == 1:
                found[next(iter(axes))] = Tail(fill, offsets, node)
    return Value(
        Kind.BLOCK,
        identity,
        rank=rank,
        varies=pointer.varies,
        tails=found,
        is_clear=rank is not None and (bool(found) or ("mask" not in nodes and "boundary_check" not in nodes)),
        raw=node,
        leaves={identity: pointer.varies},
    )


def _reduced(ex: Expressions, name: str, value: Value, nodes: Mapping[str, ast.expr]) -> Value:
    indices = nodes.get("return_indices")
    if indices is not None and not (isinstance(indices, ast.Constant) and not indices.value):
        return UNKNOWN  # a pair
    value = replace(value, dtype=_asked_or(ex, nodes, reduction_dtype(name, value.dtype)))
    axis = nodes.get("axis")
    number = axis.value if isinstance(axis, ast.Constant) else None
    if axis is None or number is None or not value.rank or "keep_dims" in nodes or not isinstance(number, int):
        whole = axis is None or (isinstance(axis, ast.Constant) and axis.value is None)
        return Value(Kind.SCALAR if whole or value.rank == 1 else Kind.UNKNOWN, ex.fresh(), dtype=value.dtype)
    if value.rank == 1:
        return Value(Kind.SCALAR, ex.fresh(), dtype=value.dtype, rank=0)
    gone = number % value.rank
    kept = {old: old - (old > gone) for old in range(value.rank) if old != gone}
    moved = moved_axes(replace(value, identity=ex.fresh()), kept, value.rank - 1)
    return replace(moved, raw=None, leaves={}, bounds={}, number=None, tails=tails.something(moved.tails))


def _asked_or(ex: Expressions, nodes: Mapping[str, ast.expr], dtype: str | None) -> str | None:
    asked = nodes.get("dtype")
    return dtype if asked is None else ex.dtype_of(asked)


def _where(ex: Expressions, values: list[Value]) -> Value:
    if len(values) != 3:
        return UNKNOWN
    condition, one, other = values
    if not any(value.is_block for value in values):
        return UNKNOWN
    rank = condition.rank if condition.rank is not None else None
    for value in (one, other):
        if value.is_block:
            rank = None if value.rank is None or rank is None else max(rank, value.rank)
    found: dict[int, Tail] | None = None
    if rank is not None and all(value.is_clear or value.kind in SINGLE for value in (one, other)):
        found = tails.chosen(aligned(condition, rank), aligned(one, rank), aligned(other, rank))
    dtype = joint_dtype(one, other)
    sure = one.never_negative and other.never_negative
    identity = ex.fresh()
    return Value(
        Kind.BLOCK,
        identity,
        dtype=dtype,
        rank=rank,
        tails=found or {},
        is_clear=found is not None,
        never_negative=sure,
        raw=one.raw if other.kind is Kind.CONSTANT else None,
        leaves={identity: frozenset()},
        wide=one.wide or other.wide,
        varies=condition.varies | one.varies | other.varies,
    )


def elementwise(ex: Expressions, name: str, values: Sequence[Value]) -> Value:
    """What ``tl.<name>(*values)`` gives."""
    if not values:
        return UNKNOWN
    if not any(value.is_block for value in values):
        kinds = {value.kind for value in values}
        kind = next((kind for kind in ORDER if kind in kinds and kind is not Kind.CONSTANT), Kind.SCALAR)
        return Value(kind, ex.fresh(), dtype=elementwise_dtype(name, values))
    identity = ex.fresh()
    first = values[0]
    single = len(values) == 1
    positive = name in _NEVER_NEGATIVE or (name == "maximum" and any(v.never_negative for v in values))
    return Value(
        Kind.BLOCK,
        identity,
        dtype=elementwise_dtype(name, values),
        rank=first.rank if single else joint_rank(values[0], values[1]),
        varies=first.varies if single else values[0].varies | values[1].varies,
        tails=tails.mapped(name, first) if single else {},
        is_clear=single and first.is_clear and name in _KEEPS_TAILS,
        never_negative=positive,
        leaves={identity: frozenset()},
        raw=first.raw if single else None,
    )
