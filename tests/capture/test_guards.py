"""Which inequalities of a trace are ``torch.export``'s own, and say nothing of the module."""

from __future__ import annotations

import pytest
import sympy
from kernelagent.worker.capture.guards import _is_exports_own

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
