"""Normalizations: layer, group, batch, instance and RMS norm, each from its moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.index import floor_div
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.reductions import mean_of, moments
from kernelagent.worker.synth.lowering.registry import lowers
from kernelagent.worker.synth.lowering.values import Value
from kernelagent.worker.synth.lowering.views import reshaped, without_axes


@lowers("native_layer_norm")
def native_layer_norm(
    b: Builder, input: Value, normalized_shape: Sequence[Any], weight: Value | None, bias: Value | None, eps: float
) -> tuple[Value, Value, Value]:
    axes = tuple(range(input.rank - len(normalized_shape), input.rank))
    wide = b.cast(input, dtypes.register(input.dtype))
    middle, spread = moments(b, wide, axes, 0)
    scale = b.named(b.map("rsqrt", b.map("add", spread, eps)), "rstd")
    out = b.named(b.map("mul", b.map("sub", wide, middle), scale), "normalized")
    out = _affine(b, out, weight, bias)
    return b.cast(out, input.dtype), middle, scale


@lowers("native_group_norm")
def native_group_norm(
    b: Builder, input: Value, weight: Value | None, bias: Value | None, N: Any, C: Any, HxW: Any, group: int, eps: float
) -> tuple[Value, Value, Value]:
    wide = b.cast(input, dtypes.register(input.dtype))
    channels = input.shape[1]
    grouped = reshaped(wide, (input.shape[0], group, floor_div(channels, sympy.Integer(group), {}), *input.shape[2:]))
    axes = tuple(range(2, grouped.rank))
    middle, spread = moments(b, grouped, axes, 0)
    scale = b.named(b.map("rsqrt", b.map("add", spread, eps)), "rstd")
    normalized = b.named(b.map("mul", b.map("sub", grouped, middle), scale), "normalized")
    per_channel = (channels, *(1 for _ in input.shape[2:]))
    out = _affine(
        b,
        reshaped(normalized, input.shape),
        None if weight is None else reshaped(weight, per_channel),
        None if bias is None else reshaped(bias, per_channel),
    )
    return b.cast(out, input.dtype), without_axes(middle, axes), without_axes(scale, axes)


@lowers("_native_batch_norm_legit_no_training")
def batch_norm_inference(
    b: Builder,
    input: Value,
    weight: Value | None,
    bias: Value | None,
    running_mean: Value,
    running_var: Value,
    momentum: float,
    eps: float,
) -> tuple[Value, Value, Value]:
    per_channel = (input.shape[1], *(1 for _ in input.shape[2:]))
    wide = b.cast(input, dtypes.register(input.dtype))
    scale = b.named(b.map("rsqrt", b.map("add", b.cast(running_var, wide.dtype), eps)), "rstd")
    out = b.map("mul", b.map("sub", wide, reshaped(running_mean, per_channel)), reshaped(scale, per_channel))
    out = _affine(
        b,
        out,
        None if weight is None else reshaped(weight, per_channel),
        None if bias is None else reshaped(bias, per_channel),
    )
    return b.cast(out, input.dtype), running_mean, scale


@lowers("_native_batch_norm_legit")
def batch_norm_of_this_batch(
    b: Builder, input: Value, weight: Value | None, bias: Value | None, training: bool, momentum: float, eps: float
) -> tuple[Value, Value, Value]:
    """Statistics of the batch itself and none that run: what instance norm is made of."""
    axes = tuple(i for i in range(input.rank) if i != 1)
    wide = b.cast(input, dtypes.register(input.dtype))
    middle, spread = moments(b, wide, axes, 0)
    scale = b.named(b.map("rsqrt", b.map("add", spread, eps)), "rstd")
    per_channel = (input.shape[1], *(1 for _ in input.shape[2:]))
    out = _affine(
        b,
        b.named(b.map("mul", b.map("sub", wide, middle), scale), "normalized"),
        None if weight is None else reshaped(weight, per_channel),
        None if bias is None else reshaped(bias, per_channel),
    )
    return b.cast(out, input.dtype), without_axes(middle, axes), without_axes(scale, axes)


@lowers("_native_batch_norm_legit_functional")
def batch_norm_with_running_statistics(
    b: Builder,
    input: Value,
    weight: Value | None,
    bias: Value | None,
    running_mean: Value,
    running_var: Value,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Value, Value, Value, Value, Value]:
    """The last two results are the running statistics after this call; the variance in them is the unbiased one."""
    if not training:
        fixed = batch_norm_inference(b, input, weight, bias, running_mean, running_var, momentum, eps)
        return (*fixed, running_mean, running_var)
    out, middle, scale = batch_norm_of_this_batch(b, input, weight, bias, training, momentum, eps)
    axes = tuple(i for i in range(input.rank) if i != 1)
    wide = b.cast(input, dtypes.register(input.dtype))
    _, spread = moments(b, wide, axes, 1)
    updated = [
        b.cast(b.map("add", b.map("mul", b.cast(old, wide.dtype), 1.0 - momentum), b.map("mul", new, momentum)), kind)
        for old, new, kind in (
            (running_mean, middle, running_mean.dtype),
            (running_var, without_axes(spread, axes), running_var.dtype),
        )
    ]
    return out, middle, scale, updated[0], updated[1]


@lowers("rms_norm", "_fused_rms_norm")
def rms_norm(
    b: Builder, input: Value, normalized_shape: Sequence[Any], weight: Value | None = None, eps: float | None = None
) -> Any:
    axes = tuple(range(input.rank - len(normalized_shape), input.rank))
    wide = b.cast(input, dtypes.register(input.dtype))
    epsilon = eps if eps is not None else (2.0**-52 if wide.dtype == "float64" else 2.0**-23)
    power = mean_of(b, b.map("square", wide), axes, True)
    scale = b.named(b.map("rsqrt", b.map("add", power, epsilon)), "rrms")
    out = b.cast(_affine(b, b.map("mul", wide, scale), weight, None), input.dtype)
    return out if b.origin.op == "rms_norm" else (out, scale)


def _affine(b: Builder, value: Value, weight: Value | None, bias: Value | None) -> Value:
    if weight is not None:
        value = b.map("mul", value, weight, compute=value.dtype)
    return value if bias is None else b.map("add", value, bias, compute=value.dtype)
