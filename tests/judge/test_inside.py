"""What a module makes on its way is counted before it is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from kernelagent.contract.problem import ExampleInputs, FreeSize, Problem, TensorSpec
from kernelagent.worker.judge.inside import MOST, makes_too_much
from kernelagent.worker.judge.steady import steady_sizes
from kernelagent.worker.problem import build_model

MODULE = """
import torch
from torch import nn


class Model(nn.Module):
    def forward(self, x, y):
        pairs = (x[:, None, :] - y[None, :, :]).abs()
        return (pairs * 1e30 - 1e30 * pairs + pairs).sum((1, 2)) / 3
"""


@pytest.fixture
def problem(tmp_path: Path) -> Problem:
    file = tmp_path / "pairs_of_rows.py"
    file.write_text(MODULE, encoding="utf-8")
    specs = (TensorSpec("x", (4, 8), "float32", ("s0", "s2")), TensorSpec("y", (5, 8), "float32", ("s1", "s2")))
    sizes = (FreeSize("s0", 4), FreeSize("s1", 5), FreeSize("s2", 8))
    example = ExampleInputs("option", "()", "(torch.randn(4, 8), torch.randn(5, 8))")
    return Problem(str(file), "Model", 1, "", example, inputs=specs, free_sizes=sizes)


def test_pairs_are_more_than_their_rows(problem: Problem) -> None:
    model = build_model(problem)
    assert not makes_too_much(problem, model, {"s0": 64, "s1": 64, "s2": 64})
    assert makes_too_much(problem, model, {"s0": 512, "s1": 512, "s2": 64})
    assert MOST < 512 * 512 * 64


def test_the_search_for_steady_sizes_stays_within_it(problem: Problem) -> None:
    large = {"s0": 256, "s1": 256, "s2": 127}  # twice each would be 600 MB in between
    assert steady_sizes(problem, build_model(problem), large) is None


INEXACT = """
from torch import nn


class Model(nn.Module):
    def forward(self, x):
        return (x + 3e3) - 3e3 if x.shape[0] < 16 else x.sin()
"""


def test_a_module_whose_few_rows_are_rounding_is_judged_on_more(tmp_path: Path) -> None:
    file = tmp_path / "inexact.py"
    file.write_text(INEXACT, encoding="utf-8")
    spec = TensorSpec("x", (2, 4), "float32", ("s0", "4"))
    example = ExampleInputs("option", "()", "(torch.randn(2, 4),)")
    problem = Problem(str(file), "Model", 1, "", example, inputs=(spec,), free_sizes=(FreeSize("s0", 2),))
    found = steady_sizes(problem, build_model(problem), {"s0": 2})
    assert found is not None
    assert found.exact
    assert found.sizes["s0"] >= 16
