"""Buffers of one integer or bool everywhere are named where another value gives another result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from kernelagent.contract.problem import ExampleInputs, Problem, TensorSpec
from kernelagent.worker.judge.whole_buffers import that_matter
from kernelagent.worker.problem import build_model, make_inputs

MODULE = """
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("offset", torch.tensor(0))
        self.register_buffer("keep", torch.ones(4, dtype=torch.bool))
        self.register_buffer("zero_point", torch.zeros(4, dtype=torch.int32))
        self.register_buffer("order", torch.tensor([3, 1, 0, 2]))
        self.register_buffer("unused", torch.zeros(4, dtype=torch.int64))
        self.register_buffer("place", torch.tensor([3]))
        self.norm = nn.BatchNorm1d(4).eval()

    def forward(self, x):
        x = self.norm(x)[:, self.order] + self.offset
        return torch.where(self.keep, x, 0.0) - self.zero_point + x[:, self.place]
"""


@pytest.fixture
def problem(tmp_path: Path) -> Problem:
    file = tmp_path / "held.py"
    file.write_text(MODULE, encoding="utf-8")
    spec = TensorSpec("x", (3, 4), "float32", ("3", "4"))
    return Problem(str(file), "Model", 1, "", ExampleInputs("option", "()", "(torch.randn(3, 4),)"), inputs=(spec,))


def test_those_that_the_result_rests_on_are_named(problem: Problem) -> None:
    model, specimen = build_model(problem).eval(), make_inputs(problem, {}, 1)
    assert that_matter(problem, model, specimen) == {"offset": 0, "keep": True, "zero_point": 0}


def test_what_a_call_changes_is_not(problem: Problem) -> None:
    model, specimen = build_model(problem).eval(), make_inputs(problem, {}, 1)
    assert "offset" not in that_matter(replace(problem, updates=("offset",)), model, specimen)
