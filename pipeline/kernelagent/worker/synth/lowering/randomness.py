"""Random numbers: dropout in all its forms, ``rand``, ``randn``, ``bernoulli``.

A number is made where it is used, out of a seed and its place in the tensor (Philox, ``tl.rand``), so that no mask goes
through memory and each reader makes the same one. Every operator has a seed of its own; the wrapper draws them anew for
each call, from PyTorch's generator on the inputs' device.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.extents import extents
from kernelagent.worker.synth.index import ONE, ravel
from kernelagent.worker.synth.ir import Buffer
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.registry import lowers
from kernelagent.worker.synth.lowering.values import Value
from kernelagent.worker.synth.lowering.views import identity

SEEDS = "seeds"
"""Kind of the one buffer that holds a seed for each operator."""


@lowers("native_dropout")
def native_dropout(b: Builder, input: Value, p: float, train: bool | None = True) -> tuple[Value, Value]:
    if train is False or p == 0.0:
        return input, b.filled(True, input.shape, "bool")
    if p == 1.0:
        return b.map("mul", input, 0.0, compute=input.dtype), b.filled(False, input.shape, "bool")
    kept = b.named(_chance(b, input.shape, p), "kept")
    scale = b.choose(kept, 1.0 / (1.0 - p), 0.0, dtype=dtypes.register(input.dtype))
    return b.cast(b.map("mul", input, scale, compute=input.dtype), input.dtype), kept


@lowers("bernoulli")
def bernoulli(b: Builder, self: Value, p: Any = None) -> Value:
    """1 with probability ``p``, or with each element's own, else 0."""
    if isinstance(p, Value):
        raise ValueError("a tensor of probabilities beside the tensor")
    if p is not None:
        drawn = _chance(b, self.shape, 1.0 - p)
    else:
        drawn = b.compare("ge", _uniform(b, self.shape), b.map("sub", 1.0, self))
    return b.cast(drawn, self.dtype)


@lowers("rand", "rand_like")
def rand(b: Builder, self: Value | None = None, size: Sequence[Any] = (), dtype: str | None = None) -> Value:
    return b.cast(_uniform(b, self.shape if self is not None else size), b.node.dtype)


@lowers("randn", "randn_like")
def randn(b: Builder, self: Value | None = None, size: Sequence[Any] = (), dtype: str | None = None) -> Value:
    return b.cast(_drawn(b, "randn", self.shape if self is not None else size, "float32"), b.node.dtype)


def _chance(b: Builder, shape: Sequence[Any], dropped: float) -> Value:
    """False with probability ``dropped``, else True."""
    return _drawn(b, "kept", shape, "bool", dropped=dropped)


def _uniform(b: Builder, shape: Sequence[Any]) -> Value:
    return _drawn(b, "rand", shape, "float32")


def _drawn(b: Builder, fn: str, shape: Sequence[Any], dtype: str, **attributes: Any) -> Value:
    to = extents(shape)
    place = b.constant(ravel(identity(to), to), "int64", to)
    return b.map(fn, _seed(b), place, dtype=dtype, compute="int64", shape=to, **attributes)


def _seed(b: Builder) -> Value:
    """A place of its own in the program's buffer of seeds."""
    seeds = b.shared(SEEDS, lambda: Buffer(SEEDS, (sympy.Integer(0),), "int64", (ONE,), SEEDS))
    position = seeds.shape[0]
    seeds.shape = (position + 1,)
    return Value(seeds, (position,), (), "int64")
