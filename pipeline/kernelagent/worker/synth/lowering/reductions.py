"""Reductions, and what is made of them: means, variances, norms, softmax, extrema with their positions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import sympy

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.index import dim as index_dim
from kernelagent.worker.synth.lowering.builder import Builder, as_axes, keep_dims
from kernelagent.worker.synth.lowering.pointwise import power
from kernelagent.worker.synth.lowering.registry import lowers
from kernelagent.worker.synth.lowering.values import Value
from kernelagent.worker.synth.lowering.views import reinserted, without_axes

Axes = Sequence[int]


def reduced(b: Builder, fn: str, value: Value, axes: Axes, keepdim: bool, dtype: str | None = None) -> Value:
    out = b.reduce(fn, value, axes, dtype)
    return keep_dims(out, axes, value.shape) if keepdim else out


def accumulator(dtype: str) -> str:
    """dtype that sums are taken in and returned as: integers and booleans sum to int64, as in PyTorch."""
    return dtype if dtypes.is_float(dtype) else "int64"


@lowers("sum")
def sum_(b: Builder, self: Value, dim: Any = None, keepdim: bool = False, dtype: str | None = None) -> Value:
    kind = dtype or accumulator(self.dtype)
    return reduced(b, "sum", b.cast(self, kind), as_axes(dim, self.rank), keepdim)


@lowers("mean")
def mean(b: Builder, self: Value, dim: Any = None, keepdim: bool = False, dtype: str | None = None) -> Value:
    value = b.cast(self, dtype or self.dtype)
    return mean_of(b, value, as_axes(dim, self.rank), keepdim)


def mean_of(b: Builder, value: Value, axes: Axes, keepdim: bool) -> Value:
    return b.named(
        b.map("div", reduced(b, "sum", value, axes, keepdim), b.count(value, axes), compute=value.dtype), "mean"
    )


@lowers("prod")
def prod(b: Builder, self: Value, dim: Any = None, keepdim: bool = False, dtype: str | None = None) -> Value:
    kind = dtype or accumulator(self.dtype)
    return reduced(b, "prod", b.cast(self, kind), as_axes(dim, self.rank), keepdim)


@lowers("any")
def any_(b: Builder, self: Value, dim: Any = None, keepdim: bool = False) -> Value:
    return _truth_of(b, "max", self, as_axes(dim, self.rank), keepdim)


@lowers("all")
def all_(b: Builder, self: Value, dim: Any = None, keepdim: bool = False) -> Value:
    return _truth_of(b, "min", self, as_axes(dim, self.rank), keepdim)


def _truth_of(b: Builder, fn: str, value: Value, axes: Axes, keepdim: bool) -> Value:
    found = reduced(b, fn, b.cast(b.truth(value), "int32"), axes, keepdim)
    truth = b.map("gt", found, 0, dtype="bool")  # of nothing the largest is the lowest integer there is
    return b.cast(truth, "uint8") if value.dtype == "uint8" else truth


# -- extrema -----------------------------------------------------------------------------------------------------------


def extremum(b: Builder, fn: str, value: Value, axes: Axes, keepdim: bool) -> Value:
    """``amax`` / ``amin``. A NaN anywhere is the result, as in PyTorch; Triton's reductions pass over it."""
    if value.dtype == "bool":
        return _truth_of(b, fn, value, axes, keepdim)
    found = reduced(b, fn, value, axes, keepdim)
    if not dtypes.is_float(value.dtype):
        return found
    unordered = reduced(b, "max", b.cast(b.compare("ne", value, value), "int32"), axes, keepdim)
    return b.choose(b.map("ne", unordered, 0, dtype="bool"), math.nan, found, dtype=value.dtype)


@lowers("amax")
def amax(b: Builder, self: Value, dim: Any = None, keepdim: bool = False) -> Value:
    return extremum(b, "max", self, as_axes(dim, self.rank), keepdim)


@lowers("amin")
def amin(b: Builder, self: Value, dim: Any = None, keepdim: bool = False) -> Value:
    return extremum(b, "min", self, as_axes(dim, self.rank), keepdim)


@lowers("aminmax")
def aminmax(b: Builder, self: Value, dim: Any = None, keepdim: bool = False) -> tuple[Value, Value]:
    axes = as_axes(dim, self.rank)
    return extremum(b, "min", self, axes, keepdim), extremum(b, "max", self, axes, keepdim)


@lowers("max", "min")
def max_min(b: Builder, self: Value, dim: Any = None, keepdim: bool = False, other: Any = None) -> Any:
    fn = b.origin.op
    if other is not None:
        return b.map("maximum" if fn == "max" else "minimum", self, other)
    if dim is None:
        return extremum(b, fn, self, as_axes(None, self.rank), False)
    axes = as_axes(dim, self.rank)
    return extremum(b, fn, self, axes, keepdim), position(b, fn, self, axes, keepdim)


@lowers("argmax", "argmin")
def argmax(b: Builder, self: Value, dim: Any = None, keepdim: bool = False) -> Value:
    fn = b.origin.op.removeprefix("arg")
    return position(b, fn, self, as_axes(dim, self.rank), keepdim)


def position(b: Builder, fn: str, value: Value, axes: Axes, keepdim: bool) -> Value:
    """Index of the first extremum (of the first NaN where there is one), row-major over ``axes``."""
    best = keep_dims(extremum(b, fn, value, axes, False), axes, value.shape)
    hit = b.compare("eq", value, best)
    if dtypes.is_float(value.dtype):
        hit = b.map("or", hit, b.compare("ne", value, value), dtype="bool")
    place = sympy.Integer(0)
    for axis in axes:
        place = place * value.shape[axis] + (index_dim(axis) if value.shape[axis] != 1 else 0)
    here = b.constant(sympy.expand(place), "int64", value.shape)
    none = b.count(value, axes)
    return reduced(b, "min", b.choose(hit, here, b.constant(none, "int64"), dtype="int64"), axes, keepdim)


# -- moments and norms -------------------------------------------------------------------------------------------------


SMALL = 2.0**-80
"""The square of any float32 times it is finite, and so are sums of as many as there may be."""


def moments(b: Builder, value: Value, axes: Axes, correction: float) -> tuple[Value, Value]:
    """Mean and variance with sizes of 1 in place of ``axes``: the mean first, then squared differences from it, which
    does not cancel as ``E[x²] - E[x]²`` does."""
    mean_value, centered = _centered(b, value, axes)
    squares = reduced(b, "sum", b.map("square", centered), axes, True)
    return mean_value, _per_freedom(b, squares, value, axes, correction)


def _wide_moments(b: Builder, value: Value, axes: Axes, correction: float, is_root: bool) -> tuple[Value, Value]:
    """Mean and variance, or its root, where a sum of squares may overflow and the result does not. PyTorch's ``var``
    and ``std`` sum in float64; its norms don't, and are made of :func:`moments`."""
    mean_value, centered = _centered(b, value, axes)
    squares = reduced(b, "sum", b.map("square", centered), axes, True)
    found = _per_freedom(b, squares, value, axes, correction)
    found = b.map("sqrt", found) if is_root else found
    if value.dtype not in ("float32", "bfloat16"):
        return mean_value, found
    scaled = reduced(b, "sum", b.map("square", b.map("mul", centered, SMALL)), axes, True)
    large = _per_freedom(b, scaled, value, axes, correction)
    large = b.map("mul", b.map("sqrt", large) if is_root else b.map("mul", large, 1 / SMALL), 1 / SMALL)
    return mean_value, b.choose(b.compare("eq", squares, math.inf), large, found)


def _centered(b: Builder, value: Value, axes: Axes) -> tuple[Value, Value]:
    mean_value = mean_of(b, value, axes, True)
    return mean_value, b.named(b.map("sub", value, mean_value), "centered")


def _per_freedom(b: Builder, squares: Value, value: Value, axes: Axes, correction: float) -> Value:
    """A sum of squares over how many of them are free."""
    count = b.count(value, axes)
    freedom: Any = sympy.Max(count - sympy.nsimplify(correction), 0)
    if correction > 0 and freedom.free_symbols:  # sizes count as positive, so that sympy drops the 0
        kind = "int64" if float(correction).is_integer() else value.dtype
        freedom = b.named(b.map("maximum", freedom, 0, dtype=kind), "freedom")
    return b.named(b.map("div", squares, freedom, compute=value.dtype), "variance")


def _drop(value: Value, axes: Axes, keepdim: bool) -> Value:
    return value if keepdim else without_axes(value, axes)


def _correction(unbiased: Any, correction: Any) -> float:
    if unbiased is not None:
        return 1.0 if unbiased else 0.0
    return 1.0 if correction is None else float(correction)


@lowers("var", "std")
def var(
    b: Builder, self: Value, dim: Any = None, unbiased: Any = None, correction: Any = None, keepdim: bool = False
) -> Value:
    axes = as_axes(dim, self.rank)
    _, spread = _wide_moments(b, self, axes, _correction(unbiased, correction), b.origin.op == "std")
    return _drop(spread, axes, keepdim)


@lowers("var_mean", "std_mean")
def var_mean(
    b: Builder, self: Value, dim: Any = None, unbiased: Any = None, correction: Any = None, keepdim: bool = False
) -> tuple[Value, Value]:
    axes = as_axes(dim, self.rank)
    middle, spread = _wide_moments(b, self, axes, _correction(unbiased, correction), b.origin.op == "std_mean")
    return _drop(spread, axes, keepdim), _drop(middle, axes, keepdim)


@lowers("linalg_vector_norm", "norm")
def vector_norm(
    b: Builder, self: Value, ord: Any = None, dim: Any = None, keepdim: bool = False, dtype: Any = None, p: Any = None
) -> Value:
    order = 2 if ord is None and p is None else (p if ord is None else ord)
    value = b.cast(self, dtype or self.dtype)
    axes = as_axes(dim, self.rank)
    if order == 2:
        return b.map("sqrt", reduced(b, "sum", b.map("square", value), axes, keepdim))
    if order in (math.inf, "inf"):
        return extremum(b, "max", b.map("abs", value), axes, keepdim)
    if order in (-math.inf, "-inf"):
        return extremum(b, "min", b.map("abs", value), axes, keepdim)
    if order == 0:
        return reduced(b, "sum", b.cast(b.compare("ne", value, 0), value.dtype), axes, keepdim)
    size = b.map("abs", value)
    if order == 1:
        return reduced(b, "sum", size, axes, keepdim)
    return b.map("pow", reduced(b, "sum", power(b, size, order), axes, keepdim), 1.0 / float(order))


@lowers("_cdist_forward")
def cdist(b: Builder, x1: Value, x2: Value, p: float, compute_mode: Any = None) -> Value:
    """Distances between all rows of one and all of the other."""
    one, other = reinserted(x1, (x1.rank - 1,)), reinserted(x2, (x2.rank - 2,))
    apart = b.map("abs", b.named(b.map("sub", one, other), "apart"))
    return vector_norm(b, apart, p, [apart.rank - 1])


@lowers("_trilinear")
def trilinear(
    b: Builder,
    i1: Value,
    i2: Value,
    i3: Value,
    expand1: Axes,
    expand2: Axes,
    expand3: Axes,
    sumdim: Axes,
    unroll_dim: int = 1,
) -> Value:
    """The sum over ``sumdim`` of the product of three tensors, each with sizes of 1 put in first."""
    parts = [reinserted(v, tuple(axes)) for v, axes in ((i1, expand1), (i2, expand2), (i3, expand3))]
    terms = b.map("mul", b.map("mul", parts[0], parts[1]), parts[2])
    return reduced(b, "sum", terms, tuple(sumdim), False)


# -- softmax -----------------------------------------------------------------------------------------------------------


@lowers("_softmax", "softmax", "_safe_softmax")
def softmax(b: Builder, self: Value, dim: int, half_to_float: bool = False, dtype: str | None = None) -> Value:
    kind = dtype or ("float32" if half_to_float else self.dtype)
    if not self.rank:
        return b.filled(1, (), kind)
    wide = b.cast(self, dtypes.register(kind))
    axes = as_axes(dim, self.rank)
    weights = b.named(b.map("exp", b.map("sub", wide, b.named(reduced(b, "max", wide, axes, True), "peak"))), "weights")
    out = b.map("div", weights, b.named(reduced(b, "sum", weights, axes, True), "total"))
    if b.origin.op == "_safe_softmax":
        # not by the peak, which is passed over NaN: a row of NaN is no masked row
        masked = _truth_of(b, "min", b.map("eq", wide, -math.inf, dtype="bool"), axes, True)
        out = b.choose(masked, 0, out, dtype=out.dtype)
    return b.cast(out, kind)


@lowers("_log_softmax", "log_softmax")
def log_softmax(b: Builder, self: Value, dim: int, half_to_float: bool = False, dtype: str | None = None) -> Value:
    kind = dtype or ("float32" if half_to_float else self.dtype)
    if not self.rank:
        return b.filled(0, (), kind)
    wide = b.cast(self, dtypes.register(kind))
    axes = as_axes(dim, self.rank)
    shifted = b.named(b.map("sub", wide, b.named(reduced(b, "max", wide, axes, True), "peak")), "shifted")
    total = reduced(b, "sum", b.map("exp", shifted), axes, True)
    return b.cast(b.map("sub", shifted, b.map("log", total)), kind)


@lowers("logsumexp")
def logsumexp(b: Builder, self: Value, dim: Any, keepdim: bool = False) -> Value:
    wide = b.cast(self, dtypes.register(self.dtype) if dtypes.is_float(self.dtype) else "float32")
    axes = as_axes(dim, self.rank)
    peak = reduced(b, "max", wide, axes, True)
    # an infinite peak is not subtracted: inf - inf would be NaN
    peak = b.choose(b.map("eq", b.map("abs", peak), math.inf, dtype="bool"), 0, peak, dtype=peak.dtype)
    total = reduced(b, "sum", b.map("exp", b.map("sub", wide, peak)), axes, True)
    out = b.map("add", b.map("log", total), peak)
    return _drop(b.cast(out, self.dtype if dtypes.is_float(self.dtype) else "float32"), axes, keepdim)
