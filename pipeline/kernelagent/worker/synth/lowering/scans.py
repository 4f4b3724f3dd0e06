"""Running sums, products, extrema and sums of exponentials."""

from __future__ import annotations

from typing import Any

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.index import ZERO
from kernelagent.worker.synth.index import dim as index_dim
from kernelagent.worker.synth.ir import Scan
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.reductions import accumulator
from kernelagent.worker.synth.lowering.registry import lowers
from kernelagent.worker.synth.lowering.values import Value, read_at, whole


@lowers("cumsum", "cumprod")
def running(b: Builder, self: Value, dim: int, dtype: str | None = None) -> Value:
    kind = dtype or accumulator(self.dtype)
    return _scanned(b, "sum" if b.origin.op == "cumsum" else "prod", b.cast(self, kind), dim)


@lowers("logcumsumexp")
def running_logarithm(b: Builder, self: Value, dim: int) -> Value:
    return _scanned(b, "log_add", self, dim)


@lowers("cummax", "cummin")
def running_extremum(b: Builder, self: Value, dim: int) -> tuple[Value, Value]:
    """A NaN stays, as in PyTorch. Where it stands: the last element so far that was the extremum when it came."""
    if not self.rank:
        return self, b.filled(0, (), "int64")
    fn = b.origin.op.removeprefix("cum")
    wide = b.cast(self, "int32") if self.dtype in ("bool", "uint8", "int8", "int16") else self
    found = _scanned(b, fn, wide, dim)
    best = b.compare("ge" if fn == "max" else "le", wide, found)
    if dtypes.is_float(self.dtype):
        best = b.map("or", best, b.compare("ne", self, self))
    axis = self.axis(dim)
    here: Any = b.constant(ZERO if self.shape[axis] == 1 else index_dim(axis), "int64", self.shape)
    return b.cast(found, self.dtype), _scanned(b, "max", b.choose(best, here, 0, dtype="int64"), dim)


def _scanned(b: Builder, fn: str, value: Value, dim: int) -> Value:
    if not value.rank:
        return value
    index = tuple(ZERO if size == 1 else index_dim(i) for i, size in enumerate(value.shape))
    operand = read_at(value, index, value.shape)
    return whole(Scan(fn, operand, value.axis(dim), tuple(value.shape), value.dtype, b.origin))
