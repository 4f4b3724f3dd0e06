"""Sizes told by others: the same at every size of the whole, or not told."""

from __future__ import annotations

import pytest
from kernelagent.worker.problem.sizes import evaluate_dim
from kernelagent.worker.refactor.sizes_by_others import by_divided_others, by_others
from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.index import size_symbol
from kernelagent.worker.synth.size_text import parse_size

ROWS, COLUMNS = "((s1 - 3)//2) + 1", "((s2 - 3)//2) + 1"


@pytest.mark.parametrize(
    ("size", "known", "expected"),
    [
        ("2*(((s1 - 3)//2)) + 2", {"t1": ROWS}, "t1 * 2"),
        ("4*Max(1, 2*((s1 - 3)//2) + 2)*Max(1, ((s2 - 3)//2) + 1)", {"t1": ROWS, "t2": COLUMNS}, "t1 * t2 * 8"),
        ("s1//4", {"t1": "s1//2"}, "t1 // 2"),
        ("((s1 - 1)//4) + 1", {"t1": "((s1 - 1)//2) + 1"}, "(t1 + 1) // 2"),
        ("((((s1 - 3)//2) + 1)//2)*s0", {"t1": ROWS}, "(t1 // 2) * s0"),
        ("2*s1 + 2*s2", {"t1": "s1 + s2"}, "t1 * 2"),
        ("s0*s1*s2", {"t1": "s1*s2"}, "s0 * t1"),
        ("2*((s1//2)*(s2//2)) + 2*(s1//2)", {"t1": "(s1//2)*(s2//2) + (s1//2)"}, "t1 * 2"),
        ("s1//2 - 1", {"t1": "2*(s1//2) + 2"}, "(t1 // 2) - 2"),
        ("s1", {"t1": "s1 + s2"}, None),
        ("s1//2", {"t1": "s1//4"}, None),
        ("(s1 + 1)//2", {"t1": "s1//2"}, None),
        ("s1//2", {"t1": "2*(s1//2) + 1"}, None),
        ("3*s1//2", {"t1": "s1//2"}, None),
    ],
)
def test_a_size_by_others(size: str, known: dict[str, str], expected: str | None) -> None:
    symbols = {parse_size(text): size_symbol(name) for name, text in known.items()}
    told = {size_symbol("s0")}
    found = by_others(parse_size(size), symbols, told)
    if found is None:
        found, _ = by_divided_others(parse_size(size), symbols, told) or (None, {})
    assert (found if found is None else to_text(found)) == expected
    for s1 in range(5, 40) if found is not None else ():
        sizes = {"s0": 3, "s1": s1, "s2": 2 * s1 // 3 + 3}
        own = {name: evaluate_dim(text, sizes) for name, text in known.items()}
        assert evaluate_dim(to_text(found), sizes | own) == evaluate_dim(size, sizes), sizes


def test_sizes_of_which_only_multiples_come_are_named() -> None:
    symbol = size_symbol("t1")
    found = by_divided_others(parse_size("s1//2 - 1"), {parse_size("4*(s1//2)"): symbol}, ())
    assert found is not None
    assert found[1] == {symbol: 4}
