"""Differences of products by which a kernel decides are named."""

from __future__ import annotations

import pytest
from kernelagent.static.scan import scan

KERNEL = """
import triton
import triton.language as tl

@triton.jit
def kernel(x_ptr, y_ptr, out_ptr, n, stride, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i)
    y = tl.load(y_ptr + i)
    {body}
    tl.store(out_ptr + i, z)
"""
DECIDES = {
    "a comparison": ("z = x * x - y * y >= 0", True),
    "by names": ("a = x * x\n    b = y * y\n    d = a - b\n    z = d > 0", True),
    "in two steps": ("d = x * x\n    d -= y * y\n    z = d > 0", True),
    "a root": ("z = tl.sqrt(x * x - y * y)", True),
    "an integer": ("z = (x * y - y * y).to(tl.int32)", True),
    "a value": ("z = x * x - y * y", False),
    "a sum": ("z = tl.sqrt(x * x + y * y)", False),
    "an index": ("z = i * stride - n * stride > 0", False),
    "one rounding": ("z = x * y - x > 0", False),
    "a name of its own": ("d = x\n    d = d\n    z = d > 0", False),
}


@pytest.mark.parametrize("name", DECIDES)
def test_a_difference_of_products_is_named_where_it_decides(name: str) -> None:
    body, is_named = DECIDES[name]
    assert bool(scan(KERNEL.format(body=body)).contracted) == is_named
