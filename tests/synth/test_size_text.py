"""Sizes as text: whatever torch prints of a size is read as what it is, or refused by an error of the catalogue."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from kernelagent.errors import UnsupportedOperator
from kernelagent.worker.problem.sizes import evaluate_dim
from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.size_text import parse_size
from torch.utils._sympy import functions as of_torch

NAMES = ("s0", "s1", "s2")
SYMBOLS = [sympy.Symbol(name, integer=True, positive=True) for name in NAMES]
POINTS = ((1, 1, 1), (2, 1, 5), (3, 7, 4), (9, 2, 8), (13, 12, 31))

sizes = st.recursive(
    st.sampled_from(SYMBOLS) | st.integers(1, 9).map(sympy.Integer),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] - p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
        st.tuples(inner, inner).map(lambda p: of_torch.Max(*p)),
        st.tuples(inner, inner).map(lambda p: of_torch.Min(*p)),
        st.tuples(inner, inner).map(lambda p: abs(p[0] - p[1])),
        st.tuples(inner, st.integers(1, 7)).map(lambda p: of_torch.FloorDiv(p[0], sympy.Integer(p[1]))),
        st.tuples(inner, st.integers(2, 7)).map(lambda p: of_torch.FloorDiv(p[0], sympy.Integer(-p[1]))),
        st.tuples(inner, st.integers(2, 8)).map(lambda p: of_torch.PythonMod(p[0], sympy.Integer(p[1]))),
        st.tuples(
            st.sampled_from([of_torch.CeilToInt, of_torch.FloorToInt, of_torch.TruncToInt, of_torch.RoundToInt]),
            inner,
            st.integers(2, 5),
        ).map(lambda p: p[0](of_torch.IntTrueDiv(p[1], sympy.Integer(p[2])))),
        st.tuples(st.sampled_from([of_torch.CeilToInt, of_torch.TruncToInt]), inner, st.sampled_from([0.5, 1.2])).map(
            lambda p: p[0](p[2] * of_torch.ToFloat(p[1]))
        ),
        inner.map(lambda p: of_torch.PowByNatural(p, sympy.Integer(2))),
    ),
    max_leaves=4,
)


@given(sizes)
@settings(max_examples=80, deadline=None)
def test_what_torch_prints_is_read_or_refused(size: Any) -> None:
    text = str(size)
    points = [dict(zip(NAMES, point, strict=True)) for point in POINTS]
    expected = [evaluate_dim(text, point) for point in points]
    exact = [size.subs(dict(zip(SYMBOLS, point, strict=True)), simultaneous=True) for point in POINTS]
    assert expected == [int(value) for value in exact]
    try:
        read = parse_size(text)
    except UnsupportedOperator as exc:
        assert text in exc.message
        return
    printed = to_text(read)
    assert [evaluate_dim(printed, point) for point in points] == expected
    again = to_text(parse_size(printed))
    assert [evaluate_dim(again, point) for point in points] == expected


@pytest.mark.parametrize(
    "text",
    [
        "((s2 + 3) // 4) * max(1, s1 - 2) * 4",
        "s1 + (PythonMod(-s1, 8))",
        "Abs(s0 - s1) + 1",
        "PowByNatural(s0, 2)",
        "math.sqrt(s0)",
        "int(1.2 * s0)",
        "min(s0, s1, 4)",
    ],
)
def test_what_is_printed_anywhere_is_read(text: str) -> None:
    read = parse_size(text)
    for point in POINTS:
        at = dict(zip(NAMES, point, strict=True))
        assert evaluate_dim(to_text(read), at) == evaluate_dim(text, at)


@pytest.mark.parametrize(
    "text",
    [
        "CeilToInt(0.3*ToFloat(s0))",
        "RoundToInt(0.3*ToFloat(s0))",
        "PowByNatural(2, s0)",
        "BitwiseFn_bitwise_and(s0, 3)",
        "Piecewise((s0, s0 > s1), (s1, True))",
        "SomethingNew(s0)",
        "s0.real",
    ],
)
def test_what_no_kernel_holds_is_refused_and_named(text: str) -> None:
    with pytest.raises(UnsupportedOperator) as raised:
        parse_size(text)
    assert text in raised.value.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Mod(s0, 4)", 1),
        ("PowByNatural(2, s1)", 8),
        ("RoundToInt(0.3*ToFloat(s0))", 2),
        ("BitwiseFn_bitwise_xor(s0, 3)", 6),
        ("Where(s0 > s1, s0, s1)", 5),
        ("TruncToInt(OpaqueUnaryFn_log2(ToFloat(s0)))", math.trunc(math.log2(5))),
        ("ModularIndexing(s0, 2, 2)", 0),
    ],
)
def test_sizes_are_computed_with_whatever_they_are_printed_with(text: str, value: int) -> None:
    assert evaluate_dim(text, {"s0": 5, "s1": 3}) == value


def test_a_size_of_an_unknown_function_is_an_error_of_the_module() -> None:
    with pytest.raises(UnsupportedOperator, match="SomethingNew"):
        evaluate_dim("SomethingNew(s0)", {"s0": 5})
