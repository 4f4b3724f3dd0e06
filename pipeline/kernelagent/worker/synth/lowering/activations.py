"""Activations: all that ``torch.nn.functional`` has, by the formulas of PyTorch's documentation."""

from __future__ import annotations

from typing import Any

from kernelagent.worker.synth.index import ONE, ZERO, dim
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.pointwise import clamp
from kernelagent.worker.synth.lowering.registry import lowers
from kernelagent.worker.synth.lowering.values import Number, Value, viewed


@lowers("relu")
def relu(b: Builder, self: Value) -> Value:
    return b.map("at_least", self, 0)


@lowers("relu6")
def relu6(b: Builder, self: Value) -> Value:
    return clamp(b, self, 0, 6)


@lowers("hardtanh")
def hardtanh(b: Builder, self: Value, min_val: Number = -1, max_val: Number = 1) -> Value:
    return clamp(b, self, min_val, max_val)


@lowers("leaky_relu")
def leaky_relu(b: Builder, self: Value, negative_slope: Number = 0.01) -> Value:
    return b.choose(b.compare("gt", self, 0), self, b.map("mul", self, negative_slope))


@lowers("rrelu")
def rrelu(b: Builder, self: Value, lower: float, upper: float, training: bool = False, generator: Any = None) -> Value:
    return leaky_relu(b, self, (lower + upper) / 2)


@lowers("prelu", "_prelu_kernel")
def prelu(b: Builder, self: Value, weight: Value) -> Value:
    return b.choose(b.compare("gt", self, 0), self, b.map("mul", self, _channel(weight, self)))


def _channel(weight: Value, like: Value) -> Value:
    """One weight for each channel (dimension 1), or one for all."""
    if weight.rank == like.rank:
        return weight
    if weight.rank == 0 or weight.shape[0] == 1:
        return viewed(weight, (ZERO,) * weight.rank, ())
    if like.rank == 1:
        return weight
    shape = tuple(weight.shape[0] if i == 1 else ONE for i in range(like.rank))
    return viewed(weight, (dim(1),), shape)


@lowers("threshold")
def threshold(b: Builder, self: Value, threshold: Number, value: Number) -> Value:
    return b.choose(b.compare("le", self, threshold), value, self, dtype=self.dtype)


@lowers("elu")
def elu(b: Builder, self: Value, alpha: Number = 1, scale: Number = 1, input_scale: Number = 1) -> Value:
    bent = b.map("mul", b.map("expm1", self if input_scale == 1 else b.map("mul", self, input_scale)), alpha)
    out = b.choose(b.compare("gt", self, 0), self, bent)
    return out if scale == 1 else b.map("mul", out, scale)


@lowers("celu")
def celu(b: Builder, self: Value, alpha: Number = 1.0) -> Value:
    return elu(b, self, alpha, 1, 1 / alpha)


@lowers("selu")
def selu(b: Builder, self: Value) -> Value:
    return elu(b, self, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946)


@lowers("gelu")
def gelu(b: Builder, self: Value, approximate: str = "none") -> Value:
    return b.map("gelu_tanh" if approximate == "tanh" else "gelu", self)


@lowers("silu")
def silu(b: Builder, self: Value) -> Value:
    return b.map("silu", self)


@lowers("mish")
def mish(b: Builder, self: Value) -> Value:
    return b.map("mish", self)


@lowers("softplus")
def softplus(b: Builder, self: Value, beta: Number = 1, threshold: Number = 20) -> Value:
    scaled = self if beta == 1 else b.map("mul", self, beta)
    soft = b.map("log1p", b.map("exp", scaled))
    return b.choose(b.compare("gt", scaled, threshold), self, soft if beta == 1 else b.map("div", soft, beta))


@lowers("log_sigmoid_forward")
def log_sigmoid_forward(b: Builder, self: Value) -> tuple[Value, Value]:
    small = b.map("at_most", self, 0)
    decay = b.map("exp", b.map("neg", b.map("abs", self)))
    return b.map("sub", small, b.map("log1p", decay)), decay


@lowers("hardswish")
def hardswish(b: Builder, self: Value) -> Value:
    return b.map("div", b.map("mul", self, clamp(b, b.map("add", self, 3), 0, 6)), 6)


@lowers("hardsigmoid")
def hardsigmoid(b: Builder, self: Value) -> Value:
    return b.map("div", clamp(b, b.map("add", self, 3), 0, 6), 6)


@lowers("hardshrink")
def hardshrink(b: Builder, self: Value, lambd: Number = 0.5) -> Value:
    inside = b.compare("le", b.map("abs", self), lambd)
    return b.choose(inside, 0, self, dtype=self.dtype)


@lowers("softshrink")
def softshrink(b: Builder, self: Value, lambd: Number = 0.5) -> Value:
    low = b.choose(b.compare("lt", self, -lambd), b.map("add", self, lambd), b.map("mul", self, 0))
    return b.choose(b.compare("gt", self, lambd), b.map("sub", self, lambd), low)
