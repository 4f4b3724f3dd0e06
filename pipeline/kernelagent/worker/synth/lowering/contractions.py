"""Matrix products in all their spellings, as contractions with batch, row, column and inner dimensions."""

from __future__ import annotations

from typing import Any

from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.long_products import parts_of, product_in_parts
from kernelagent.worker.synth.lowering.registry import lowers
from kernelagent.worker.synth.lowering.values import Number, Value, broadcast_index, broadcast_shapes, viewed
from kernelagent.worker.synth.lowering.views import permuted, reinserted, without_axes


def product_of(b: Builder, a: Value, c: Value) -> Value:
    """``torch.matmul``: vectors, matrices and broadcast batches of them."""
    if a.rank == 1 and c.rank == 1:
        return _sum_of_products(b, a, c, 0)
    if a.rank == 1:
        return without_axes(product_of(b, reinserted(a, (0,)), c), (c.rank - 2,))
    if c.rank == 1:
        return _sum_of_products(b, a, c, a.rank - 1)
    if c.shape[-1] == 1:
        column = without_axes(c, (c.rank - 1,))
        if c.rank == 2:
            return reinserted(_sum_of_products(b, a, column, a.rank - 1), (a.rank - 1,))
    if c.rank == 2:
        # every leading dimension of the left operand is a row
        if all(s == 1 for s in a.shape[:-1]):
            row = b.map("mul", reinserted(without_axes(a, tuple(range(a.rank - 1))), (1,)), c)
            return reinserted(b.reduce("sum", row, (0,)), tuple(range(a.rank - 1)))
        if (parts := parts_of(b, a, c)) > 1:
            return product_in_parts(b, a, c, parts)
        return b.contract(a, c, 0, a.rank - 1, 1, 1, a.dtype)
    batch = broadcast_shapes([a.shape[:-2], c.shape[:-2]])
    left = _with_batch(a, batch)
    right = _with_batch(c, batch)
    return b.contract(left, right, len(batch), 1, 1, 1, a.dtype)


def _sum_of_products(b: Builder, a: Value, c: Value, axis: int) -> Value:
    """A product with one column is bound by memory, not by arithmetic: a reduction serves it better than tiles."""
    return b.reduce("sum", b.map("mul", a, c), (axis,))


def _with_batch(value: Value, batch: tuple[Any, ...]) -> Value:
    shape = (*batch, *value.shape[-2:])
    return viewed(value, broadcast_index(value.shape, shape), shape)


@lowers("matmul", "mm", "bmm", "mv", "dot", "vdot", "inner")
def matmul(b: Builder, self: Value, other: Value | None = None, **named: Value) -> Value:
    second = other
    for name in ("mat2", "vec", "tensor"):
        second = named.get(name, second)
    assert second is not None
    return product_of(b, self, second)


@lowers("linear")
def linear(b: Builder, input: Value, weight: Value, bias: Value | None = None) -> Value:
    flipped = permuted(weight, (1, 0)) if weight.rank == 2 else weight
    out = product_of(b, input, flipped)
    return out if bias is None else b.map("add", out, bias)


@lowers("addmm", "addmv", "baddbmm", "addr")
def addmm(b: Builder, self: Value, beta: Number = 1, alpha: Number = 1, **factors: Value) -> Value:
    first, second = (v for k, v in factors.items() if isinstance(v, Value))
    if b.origin.op == "addr":
        out = b.map("mul", reinserted(first, (1,)), reinserted(second, (0,)))
    else:
        out = product_of(b, first, second)
    if alpha != 1:
        out = b.map("mul", out, alpha)
    if beta == 0:
        return out
    return b.map("add", self if beta == 1 else b.map("mul", self, beta), out)


@lowers("addbmm")
def addbmm(b: Builder, self: Value, batch1: Value, batch2: Value, beta: Number = 1, alpha: Number = 1) -> Value:
    out = b.reduce("sum", product_of(b, batch1, batch2), (0,))
    out = out if alpha == 1 else b.map("mul", out, alpha)
    if beta == 0:
        return out
    return b.map("add", self if beta == 1 else b.map("mul", self, beta), out)
