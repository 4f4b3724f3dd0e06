"""The index algebra against plain arithmetic: whatever is simplified has the same value at every point."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from kernelagent.worker.problem.sizes import evaluate_dim
from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.index import (
    FloorDiv,
    Modulo,
    dim,
    floor_div,
    modulo,
    ravel,
    simplify,
    size_symbol,
    unravel,
)
from kernelagent.worker.synth.size_text import parse_size

SIZES = {name: size_symbol(name) for name in ("s0", "s1", "s2")}
shapes = st.lists(st.sampled_from([1, 2, 3, 4, 6, "s0", "s1", "s2"]), min_size=1, max_size=4)


def _shape(parts: list[int | str]) -> tuple[sympy.Expr, ...]:
    return tuple(SIZES[p] if isinstance(p, str) else sympy.Integer(p) for p in parts)


def _value(expression: sympy.Expr, point: dict[str, int]) -> int:
    return int(eval(to_text(expression), {"max": max, "min": min}, point))


@given(shapes, st.tuples(*[st.integers(1, 5)] * 3), st.data())
@settings(max_examples=150, deadline=None)
def test_unravel_inverts_ravel(parts: list[int | str], sizes: tuple[int, ...], data: st.DataObject) -> None:
    shape = _shape(parts)
    flat = sympy.Symbol("n", integer=True, nonnegative=True)
    count = sympy.Mul(*shape)
    ranges = {flat: count}
    values = dict(zip(SIZES, sizes, strict=True))
    index = unravel(flat, shape, ranges)
    assert simplify(ravel(index, shape), ranges) == flat or count == 1
    total = _value(count, values)
    point = {**values, "n": data.draw(st.integers(0, total - 1))}
    expected, rest = [], point["n"]
    for size in reversed([_value(s, values) for s in shape]):
        expected.append(rest % size)
        rest //= size
    assert [_value(i, point) for i in index] == expected[::-1]


@given(shapes, shapes, st.tuples(*[st.integers(1, 4)] * 3), st.data())
@settings(max_examples=150, deadline=None)
def test_quotients_keep_their_value(
    parts: list[int | str], divisor: list[int | str], sizes: tuple[int, ...], data: st.DataObject
) -> None:
    shape = _shape(parts)
    by = sympy.Mul(*_shape(divisor))
    ranges = {dim(i): s for i, s in enumerate(shape)}
    flat = ravel(tuple(dim(i) for i in range(len(shape))), shape)
    values = dict(zip(SIZES, sizes, strict=True))
    point = dict(values)
    for i, size in enumerate(shape):
        point[f"d{i}"] = data.draw(st.integers(0, _value(size, values) - 1))
    number, divide_by = _value(flat, point), _value(by, values)
    assert _value(floor_div(flat, by, ranges), point) == number // divide_by
    assert _value(modulo(flat, by, ranges), point) == number % divide_by


@given(shapes, shapes, st.integers(1, 3), st.tuples(*[st.integers(1, 4)] * 3), st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_divided_from_behind_is_not_negative(
    parts: list[int | str], divisor: list[int | str], times: int, sizes: tuple[int, ...], data: st.DataObject
) -> None:
    shape = _shape(parts)
    by = sympy.Mul(*_shape(divisor))
    ranges = {dim(i): s for i, s in enumerate(shape)}
    flat = ravel(tuple(dim(i) for i in range(len(shape))), shape)
    behind = times * by * sympy.Mul(*shape) - 1 - flat
    point = dict(zip(SIZES, sizes, strict=True))
    for i, size in enumerate(shape):
        point[f"d{i}"] = data.draw(st.integers(0, _value(size, point) - 1))
    number, divide_by = _value(behind, point), _value(by, point)
    for found, expected in (
        (floor_div(behind, by, ranges), number // divide_by),
        (modulo(behind, by, ranges), number % divide_by),
    ):
        assert _value(found, point) == expected
        assert all(_value(part.args[0], point) >= 0 for part in found.atoms(FloorDiv, Modulo))


def test_views_of_views_vanish() -> None:
    s0, s1 = SIZES["s0"], SIZES["s1"]
    ranges = {dim(0): s0, dim(1): s1, dim(2): sympy.Integer(32)}
    flat = ravel((dim(0), dim(1), dim(2)), (s0, s1, sympy.Integer(32)))
    heads = unravel(flat, (s0, s1, sympy.Integer(4), sympy.Integer(8)), ranges)
    assert simplify(ravel(heads, (s0, s1, 4, 8)), ranges) == flat


@pytest.mark.parametrize(
    ("text", "at", "value"),
    [
        ("2*s0 + 3", {"s0": 5}, 13),
        ("((s0//2))*4", {"s0": 5}, 8),
        ("Mod(s0*s1, 4)", {"s0": 3, "s1": 3}, 1),
        ("Max(1, s0 - s1)", {"s0": 3, "s1": 9}, 1),
    ],
)
def test_sizes_as_torch_prints_them(text: str, at: dict[str, int], value: int) -> None:
    assert _value(parse_size(text), at) == value


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (dim(0) * SIZES["s1"] + dim(1), "d0 * s1 + d1"),
        (FloorDiv(dim(0), SIZES["s1"] * 2) * 3, "(d0 // (s1 * 2)) * 3"),
        (Modulo(dim(0) + 1, SIZES["s0"]), "(d0 + 1) % s0"),
        (SIZES["s0"] - dim(0) - 1, "s0 - d0 - 1"),
    ],
)
def test_printing(expression: sympy.Expr, text: str) -> None:
    assert to_text(expression, {dim(0): "d0", dim(1): "d1"}) == text


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("CeilToInt(IntTrueDiv(s0, 2))", lambda n: math.ceil(n / 2)),
        ("CeilToInt(IntTrueDiv(3*s0 + 1, 4))", lambda n: math.ceil((3 * n + 1) / 4)),
        ("FloorToInt(IntTrueDiv(s0, 3))", lambda n: math.floor(n / 3)),
        ("CeilToInt(0.25*ToFloat(s0))", lambda n: math.ceil(0.25 * n)),
        ("TruncToInt(1.2*ToFloat(s0))", lambda n: int(1.2 * n)),
        ("FloorToInt(0.1*ToFloat(3*s0))", lambda n: math.floor(0.1 * (3 * n))),
        ("-((s0//(-3)))", lambda n: -(n // -3)),
        ("-(((s0 + 1)//(-2))) - 1", lambda n: -((n + 1) // -2) - 1),
    ],
)
def test_rounded_sizes_are_what_python_makes_of_them(text: str, function: Callable[[int], int]) -> None:
    expression = parse_size(text)
    assert [_value(expression, {"s0": n}) for n in range(1, 30)] == [function(n) for n in range(1, 30)]
    assert [evaluate_dim(text, {"s0": n}) for n in range(1, 30)] == [function(n) for n in range(1, 30)]
