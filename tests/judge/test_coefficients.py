"""Integers of a file that are factors of floats, and no sizes."""

from __future__ import annotations

import ast

import pytest
from kernelagent.static.coefficients import coefficients
from kernelagent.static.numbers import Numbers
from kernelagent.static.walk import walk

SIZES: dict[str, tuple[str, set[int]]] = {
    "quotients of floats": ("v = v * (1.0 + q * (-17.0 / 315 + q * (62.0 / 2835)))", set()),
    "quotients that are no integers": ("v = v * (1 + q * (17 / 315))", set()),
    "a quotient that is one": ("v = tl.arange(0, 128 / 2)", {128}),
    "beside a function": ("v = tl.exp(x) * 945 + tl.where(keep, 0.0, x) * (3 * 35)", set()),
    "through names": ("q = tl.sqrt(x)\nq *= q\nv = q * 945 + 35", set()),
    "through a type": ("q = tl.load(p).to(tl.float32)\nv = q * (945 + 35 * q)", set()),
    "what was loaded may be a place": ("page = tl.load(table)\nv = page * 64 + 96", {64, 96}),
    "a name that is bound otherwise, too": ("q = 1.0\nfor q in range(3):\n    v = q * 64", {64}),
    "a parameter": ("def kernel(q):\n    return q * 64", {64}),
    "an integer in the end": ("m = n * 0.5 + 64\nk = int(m + 96.0) + int(1.5 * n + 48)", {48, 64}),
    "compared, cut, divided": ("v = x > 945\nk = n % 96 + n // 48 + min(n, 64)", {945, 96, 48, 64}),
    "compared as a float": ("end = 945 * 1.0\nv = at < end\nk = tl.minimum(at, 96 * 1.0)", {945, 96}),
    "handed to what compares it": (
        "@triton.jit\ndef kernel(n, most):\n    end = tl.minimum(n * 1.0, most)\n\n\nkernel[(1,)](n, 512 * 4.0)",
        {512},
    ),
    "written as a size elsewhere": ("v = 1.0 / 945\nBLOCK = 945", {945}),
}


HELD: dict[str, set[int]] = {
    "end = tl.minimum(n * 1.0, most)": {2048},
    "end = tl.minimum(n, most.to(tl.int32))": {2048},
    "keep = c * 1.0 < most": {2048},
    "v = tl.minimum(v, 448.0)": set(),
    "v = tl.where(v * 2 > most, v, 0.0)": set(),
    "end = tl.minimum(n, 700.0)": {700},
    "end = tl.minimum(n, 700.5)": set(),
}


@pytest.mark.parametrize("line", HELD)
def test_a_whole_float_that_no_value_is_held_against_may_be_a_size(line: str) -> None:
    text = "@triton.jit\ndef kernel(x, n, most):\n    v = tl.load(x)\n    {}\n\n\nkernel[(1,)](x, n, 512 * 4.0)"
    top = ast.parse(text.format(line)).body
    kernel = top[0]
    assert isinstance(kernel, ast.FunctionDef)
    assert Numbers(top).float_limits([kernel]) == HELD[line]


@pytest.mark.parametrize("name", SIZES)
def test_what_stands_beside_floats_is_no_size(name: str) -> None:
    text, sizes = SIZES[name]
    assert Numbers(ast.parse(text).body).between(32, 1 << 16) == sizes


def test_an_input_of_floats_is_one_in_forward_alone() -> None:
    text = "def forward(self, x):\n    return x * (945 + x * 35)\n\n\ndef other(y):\n    return y * 105"
    nodes = walk(ast.parse(text))
    found = {node.value for node in coefficients(nodes, ("x", "y")) if isinstance(node, ast.Constant)}
    assert found == {945, 35}
