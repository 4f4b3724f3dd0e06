"""Reading at positions that are values themselves: embedding, gather, indexing with tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kernelagent.worker.synth.extents import extents
from kernelagent.worker.synth.index import ZERO, Loaded, NodeSymbol
from kernelagent.worker.synth.index import dim as index_dim
from kernelagent.worker.synth.ir import Condition
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.registry import lowers
from kernelagent.worker.synth.lowering.values import Value, broadcast_shapes, read_at


def _position(b: Builder, index: Value, at: Sequence[Any], shape: Sequence[Any], size: Any, wraps: bool) -> Any:
    """``index`` read ``at`` (over the dimensions of a result of ``shape``) as part of an index expression."""
    if index.dtype == "bool":
        raise ValueError("a mask as an index gives a size that depends on values")
    wide = b.cast(index, "int64")
    if wraps:
        end = b.constant(size, "int64") if not size.is_Integer else int(size)
        wide = b.choose(b.compare("lt", wide, 0), b.map("add", wide, end), wide, dtype="int64")
    operand = read_at(wide, at, shape)
    return Loaded(NodeSymbol(operand.op), *operand.index)


def _taken(b: Builder, value: Value, index: Sequence[Any], axes: Sequence[int], shape: Sequence[Any]) -> Value:
    """``value`` at ``index``, whose entries for ``axes`` are values: nothing is read where one lies outside."""
    conditions = [Condition(index[a], ZERO, value.shape[a]) for a in axes]
    return b.guarded(shape, conditions, value, index, 0)


def _dims(shape: Sequence[Any]) -> list[Any]:
    return [ZERO if size == 1 else index_dim(i) for i, size in enumerate(shape)]


@lowers("embedding")
def embedding(
    b: Builder,
    weight: Value,
    indices: Value,
    padding_idx: int = -1,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Value:
    shape = extents((*indices.shape, *weight.shape[1:]))
    dims = _dims(shape)
    row = _position(b, indices, dims[: indices.rank], shape, weight.shape[0], False)
    return _taken(b, weight, (row, *dims[indices.rank :]), (0,), shape)


@lowers("gather")
def gather(b: Builder, self: Value, dim: int, index: Value, sparse_grad: bool = False) -> Value:
    if not self.rank or not index.rank:
        raise ValueError("gather of a tensor of no dimensions")
    axis, shape = self.axis(dim), index.shape
    place = _dims(shape)
    place[axis] = _position(b, index, _dims(shape), shape, self.shape[axis], False)
    return _taken(b, self, place, (axis,), shape)


@lowers("index_select")
def index_select(b: Builder, self: Value, dim: int, index: Value) -> Value:
    if not self.rank:
        return self
    axis = self.axis(dim)
    shape = extents((*self.shape[:axis], *(index.shape or (1,)), *self.shape[axis + 1 :]))
    place = _dims(shape)
    at = [place[axis]] if index.rank else []
    place[axis] = _position(b, index, at, shape, self.shape[axis], False)
    return _taken(b, self, place, (axis,), shape)


@lowers("index", "_unsafe_index")
def index_by_tensors(b: Builder, self: Value, indices: Sequence[Value | None]) -> Value:
    """``self[i, :, j]``: tensors side by side stand where they are, others come first."""
    given = [*indices, *([None] * (self.rank - len(indices)))]
    axes = [a for a, index in enumerate(given) if index is not None]
    tensors = [index for index in given if index is not None]
    common = broadcast_shapes([t.shape for t in tensors])
    first = axes[0] if axes == list(range(axes[0], axes[-1] + 1)) else 0
    rest = [a for a in range(self.rank) if a not in axes]
    shape = extents((*(self.shape[a] for a in rest[:first]), *common, *(self.shape[a] for a in rest[first:])))
    dims = _dims(shape)
    there = dims[first : first + len(common)]
    others = iter([*dims[:first], *dims[first + len(common) :]])
    place = []
    for axis, index in enumerate(given):
        if index is None:
            place.append(next(others))
            continue
        ranks = len(common) - index.rank
        at = [ZERO if size == 1 else there[ranks + i] for i, size in enumerate(index.shape)]
        place.append(_position(b, index, at, shape, self.shape[axis], True))
    return _taken(b, self, place, axes, shape)


@lowers("one_hot")
def one_hot(b: Builder, self: Value, num_classes: int = -1) -> Value:
    if int(num_classes) < 0:
        raise ValueError("one_hot whose number of classes depends on values")
    shape = (*self.shape, num_classes)
    classes = b.constant(index_dim(self.rank), "int64", shape)
    dims = tuple(ZERO if s == 1 else index_dim(i) for i, s in enumerate(self.shape))
    operand = read_at(b.cast(self, "int64"), dims, shape)
    labels = Value(operand.op, operand.index, extents(shape), "int64")
    return b.cast(b.compare("eq", labels, classes), "int64")
