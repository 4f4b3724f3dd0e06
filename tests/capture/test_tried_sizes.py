"""Sizes that the module turns out to need, and integers that have to stay below a size."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.worker.capture.export import capture
from kernelagent.worker.capture.rewrites import Rewrites
from kernelagent.worker.problem import base_sizes, make_inputs
from kernelagent.worker.problem.tried_sizes import with_tried_minima
from kernelagent.worker.synth.lowering import WHOLE
from torch.utils._python_dispatch import TorchDispatchMode

Captured = Callable[[str, str], Problem]


@pytest.fixture
def captured(tmp_path: Path, request: pytest.FixtureRequest) -> Captured:
    def run(body: str, inputs: str) -> Problem:
        name = f"model_{abs(hash(request.node.name)) % 10**8}"
        file = tmp_path / f"{name}.py"
        file.write_text(f"import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n\n{body}")
        sys.modules.pop(f"_fused_{name}", None)
        problem, _ = capture(Problem(str(file), "Model", 0, "", ExampleInputs("option", "()", inputs)), WHOLE)
        return with_tried_minima(problem)

    return run


LOSS = (
    "class Model(nn.Module):\n    def forward(self, scores, labels):\n        return F.cross_entropy(scores, labels)\n"
)


@pytest.mark.parametrize("call", ["torch.randint(0, 6000, (9000,))", "torch.randint(high=6000, size=(9000,))"])
def test_labels_stay_below_the_number_of_classes(captured: Captured, call: str) -> None:
    problem = captured(LOSS, f"(torch.rand(9000, 6000), {call})")
    sizes = base_sizes(problem)
    for chosen in (sizes, {**sizes, "s1": 7}, {**sizes, "s1": 6001}):
        specimen = make_inputs(problem, chosen, seed=1)
        scores, labels = specimen.args
        assert scores.shape[1] == chosen["s1"]
        assert chosen["s1"] // 2 <= int(labels.max()) < chosen["s1"]


def test_a_bound_that_is_no_size_stays(captured: Captured) -> None:
    body = "class Model(nn.Module):\n    def forward(self, x):\n        return x.float() + 1\n"
    problem = captured(body, "(torch.randint(5, 9, (300, 40)),)")
    (x,) = make_inputs(problem, {"s0": 50, "s1": 2}, seed=1).args
    assert set(x.unique().tolist()) == {5, 6, 7, 8}


def test_as_many_patches_as_positions(captured: Captured) -> None:
    body = (
        "class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.positions = nn.Parameter(torch.randn(1, 16, 48))\n\n"
        "    def forward(self, x):\n"
        "        patches = x.unfold(2, 4, 4).unfold(3, 4, 4).reshape(x.shape[0], -1, 48)\n"
        "        return patches + self.positions\n"
    )
    problem = captured(body, "(torch.randn(4000, 3, 16, 16),)")
    minima = {free.where: free.minimum for free in problem.free_sizes}
    assert minima["x.shape[0]"] == 1
    assert {size for where, size in minima.items() if where != "x.shape[0]"} <= {16}
    sizes = base_sizes(problem)
    assert make_inputs(problem, sizes).args[0].shape[1:] == (3, 16, 16)
    assert sizes["s0"] < 4000


def test_inputs_that_need_equal_sizes_are_made_at_unequal_ones(captured: Captured) -> None:
    body = "class Model(nn.Module):\n    def forward(self, a, b):\n        return a @ b\n"
    symmetric = "(lambda m: (m + m.T) / 2)(torch.rand(900, 900))"
    problem = captured(body, f"({symmetric}, {symmetric})")
    assert [free.minimum for free in problem.free_sizes] == [1, 1, 1]
    a, b = make_inputs(problem, {"s0": 5, "s1": 7, "s2": 11}, seed=1).args
    assert (a.shape, b.shape) == ((5, 7), (7, 11))
    assert 0 < float(a.min()) < float(a.max()) < 1


def test_a_recurrence_is_not_run_step_by_step(captured: Captured) -> None:
    body = (
        "class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.gru = nn.GRU(3, 4, 2, bidirectional=True)\n\n"
        "    def forward(self, x, h):\n        return self.gru(x, h)[0]\n"
    )
    problem = captured(body, "(torch.rand(40, 5, 3), torch.rand(4, 5, 4))")
    seen: list[str] = []

    class Counting(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            seen.append(str(func))
            return func(*args, **(kwargs or {}))

    class Both(Rewrites):
        def __enter__(self) -> Any:
            self.counting = Counting()
            self.counting.__enter__()
            return super().__enter__()

        def __exit__(self, *raised: Any) -> None:
            super().__exit__(*raised)
            self.counting.__exit__(*raised)

    tried = with_tried_minima(problem, Both)
    assert [free.minimum for free in tried.free_sizes] == [free.minimum for free in problem.free_sizes]
    assert seen.count("kernelagent.gru.default") > 1
    assert len(seen) < 40
