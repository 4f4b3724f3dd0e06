"""A model whose function has other names than those asked for is told how it was called."""

from __future__ import annotations

import pytest
from kernelagent.contract.problem import ExampleInputs, Problem, TensorSpec
from kernelagent.driver.agents.assignment import Assignment


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("max, hidden", False),
        ("hidden, *, max_", False),
        ("hidden, max, block=64", False),
        ("hidden_, max", True),
        ("a, b", True),
        ("*given", True),
    ],
)
def test_it_is_told_how_it_was_called(arguments: str, told: bool) -> None:
    inputs = tuple(TensorSpec(name, (4,), "float32", ("s0",)) for name in ("hidden", "max"))
    problem = Problem("model.py", "Model", 1, "", ExampleInputs("option", "()", "()"), inputs=inputs)
    given = Assignment("sg0", problem, "", "", ("sm_90",), "3.7")
    said = given.names_told(f"def kernel_function({arguments}):\n    ...\n")
    assert bool(said) is told
    assert not told or "is not kernel_function(hidden, max)" in said
