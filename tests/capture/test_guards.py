"""Which inequalities of a trace are ``torch.export``'s own, and say nothing of the module."""

from __future__ import annotations

import pytest
import sympy
from kernelagent.worker.capture.guards import _is_exports_own
from kernelagent.worker.capture.relations import Relation
from torch.utils._sympy.functions import CeilToInt, FloorDiv, IntTrueDiv, Max, Mod, PythonMod

S = sympy.Symbol("s0", integer=True, positive=True)


@pytest.mark.parametrize(
    ("relation", "own"),
    [
        (sympy.Ge(S, 2, evaluate=False), True),
        (sympy.Le(2, S, evaluate=False), True),
        (sympy.Gt(S, 1, evaluate=False), True),
        (sympy.Le(S, 2, evaluate=False), False),
        (sympy.Lt(S, 2, evaluate=False), False),
        (sympy.Ge(S, 5, evaluate=False), False),
    ],
)
def test_only_lower_ends_of_two_are_exports_own(relation: sympy.Basic, own: bool) -> None:
    assert _is_exports_own(relation) is own


T = sympy.Symbol("s1", integer=True, positive=True)


@pytest.mark.parametrize(
    "relation",
    [
        sympy.Eq(PythonMod(S, 4), 0),
        sympy.Eq(FloorDiv(S, 2) * T, Max(1, T - 3), evaluate=False),
        sympy.Le(CeilToInt(IntTrueDiv(S, 3)), 2),
        sympy.Lt(S**2 - 3 * T, 4),
        sympy.Ne(Mod(S + T, 5), 1),
        sympy.Ge(FloorDiv(S + 1, FloorDiv(T, 2) + 1), 1),
    ],
    ids=str,
)
def test_a_compiled_relation_says_what_the_expression_says(relation: sympy.Basic) -> None:
    compiled = Relation(relation)
    assert compiled._code is not None
    for s in range(1, 14):
        for t in range(1, 8):
            expected = relation.xreplace({S: sympy.Integer(s), T: sympy.Integer(t)}) == sympy.true
            assert compiled.holds({S: s, T: t}, where_undefined=False) is bool(expected), (s, t)


def test_where_nothing_can_be_said_is_for_the_asker() -> None:
    relation = Relation(sympy.Eq(PythonMod(S, T - 1), 0))
    assert relation.holds({S: 3, T: 1}, where_undefined=True)
    assert not relation.holds({S: 3, T: 1}, where_undefined=False)


def test_a_function_that_is_not_known_is_left_to_sympy() -> None:
    relation = Relation(sympy.Gt(sympy.Function("strange")(S), 2, evaluate=False))
    assert relation._code is None
    assert not relation.holds({S: 3}, where_undefined=True)
