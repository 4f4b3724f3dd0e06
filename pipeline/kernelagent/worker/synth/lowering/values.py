"""What the lowering functions pass around: a node read at an index, with the shape that the reader sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.extents import extents
from kernelagent.worker.synth.index import ZERO, Index, dim, substitute
from kernelagent.worker.synth.ir import Op, Operand, Origin


@dataclass(frozen=True)
class Value:
    """A view of a node: ``index`` says, over the view's own dimensions, where in ``op`` each element lies."""

    op: Op
    index: Index
    shape: Index
    dtype: str

    @property
    def rank(self) -> int:
        return len(self.shape)

    def axis(self, dim: int) -> int:
        """The dimension that an operator's ``dim`` names. Of a single number PyTorch takes 0 and -1, as of a row."""
        return dim % max(self.rank, 1)


Number = bool | int | float


def whole(op: Op) -> Value:
    """A node read as it is."""
    index = tuple(ZERO if size == 1 else dim(i) for i, size in enumerate(op.shape))
    return Value(op, index, tuple(op.shape), op.dtype)


def ranges_of(shape: Sequence[Any]) -> dict[Any, Any]:
    return {dim(i): size for i, size in enumerate(shape)}


def read_at(value: Value, index: Sequence[Any], shape: Sequence[Any]) -> Operand:
    """Read ``value`` at ``index``, given over the dimensions of a consumer of ``shape``."""
    mapping = {dim(i): e for i, e in enumerate(index)}
    ranges = ranges_of(shape)
    return Operand(value.op, tuple(substitute(e, mapping, ranges) for e in value.index))


def viewed(value: Value, index: Sequence[Any], shape: Sequence[Any]) -> Value:
    """A view of a view."""
    sizes = extents(shape)
    return Value(value.op, read_at(value, index, sizes).index, sizes, value.dtype)


def broadcast_index(shape: Sequence[Any], to: Sequence[Any]) -> Index:
    """Where in a tensor of ``shape`` an element of ``to`` is read when it is broadcast."""
    offset = len(to) - len(shape)
    return tuple(ZERO if size == 1 else dim(i + offset) for i, size in enumerate(shape))


def broadcast_shapes(shapes: Sequence[Sequence[Any]]) -> Index:
    rank = max((len(s) for s in shapes), default=0)
    out: list[Any] = []
    for position in range(rank):
        sizes = [s[position - rank + len(s)] for s in shapes if position - rank + len(s) >= 0]
        out.append(next((size for size in sizes if size != 1), sizes[0]))
    return tuple(out)


def promotion_kind(value: Value | Number) -> tuple[str, int]:
    if isinstance(value, Value):
        return value.dtype, dtypes.TENSOR if value.rank else dtypes.SCALAR
    if isinstance(value, sympy.Expr):  # a size
        return "int64" if value.is_integer else "float32", dtypes.NUMBER
    return dtypes.number_dtype(value), dtypes.NUMBER


def origin_label(origin: Origin | None) -> str:
    return "" if origin is None else (origin.label or origin.op)
