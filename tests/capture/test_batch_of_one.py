"""A module whose example is a batch of one is traced with two, and what is made of that fits the example."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.worker.capture.export import capture
from kernelagent.worker.problem.sizes import example_sizes, shape_at
from kernelagent.worker.synth.lowering import WHOLE


def captured(folder: Path, arguments: str, body: str, inputs: str) -> Problem:
    file = folder / "one.py"
    head = "import torch\nimport torch.nn as nn\n\n\nclass Model(nn.Module):\n"
    file.write_text(f"{head}    def forward(self, {arguments}):\n        return {body}\n")
    sys.modules.pop("_fused_one", None)
    return capture(Problem(str(file), "Model", 0, "", ExampleInputs("option", "()", inputs)), WHOLE)[0]


@pytest.mark.parametrize(
    ("arguments", "body", "inputs", "batch_is_free"),
    [
        ("x", "torch.softmax(x, -1)", "(torch.randn(1, 9, 16),)", True),
        # of two there are enough at any other size
        ("x, y", "torch.outer(y.flatten()[:7], x.flatten()[:5])", "(torch.randn(1, 8), torch.randn(1, 4, 3))", False),
        ("x", "(x.flatten()[:5], x.exp())", "(torch.randn(1, 8),)", False),
        # two are as many as there are columns
        ("x", "x @ x.mT - x", "(torch.randn(1, 2),)", False),
        # two steps of two are one, of three they are not
        ("x, y", "(x + 1, y[::2].exp())", "(torch.randn(1, 2), torch.randn(1, 8))", False),
    ],
)
def test_the_example_is_among_the_sizes(
    tmp_path: Path, arguments: str, body: str, inputs: str, batch_is_free: bool
) -> None:
    problem = captured(tmp_path, arguments, body, inputs)
    sizes = example_sizes(problem)
    assert [shape_at(spec, sizes) for spec in problem.inputs] == [spec.shape for spec in problem.inputs]
    for free in problem.free_sizes:
        assert free.minimum <= free.example <= (free.maximum or free.example), free
        assert free.example % free.multiple_of == 0, free
    assert (problem.inputs[0].dims[0] == "s0") is batch_is_free


def test_two_lie_in_memory_as_the_one_does(tmp_path: Path) -> None:
    problem = captured(tmp_path, "x", "x * 2", "(torch.randn(1, 5, 9).mT,)")
    assert problem.inputs[0].dims == ("s0", "s1", "s2")
    assert problem.inputs[0].strides == ("s1*s2", "1", "s1")
