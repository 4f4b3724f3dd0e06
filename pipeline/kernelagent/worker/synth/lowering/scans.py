"""Running sums and products."""

from __future__ import annotations

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
    value = b.cast(self, kind)
    if not value.rank:
        return value
    index = tuple(ZERO if size == 1 else index_dim(i) for i, size in enumerate(value.shape))
    operand = read_at(value, index, value.shape)
    fn = "sum" if b.origin.op == "cumsum" else "prod"
    return whole(Scan(fn, operand, dim % value.rank, tuple(value.shape), kind, b.origin))
