"""Numbers that a module measures along its free sizes, and the sizes that are tried for them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.problem import ExampleInputs, FreeSize, Problem, TensorSpec
from kernelagent.worker.judge.measured import Measure, measures_of, sizes_around
from kernelagent.worker.problem import build_model, make_inputs
from kernelagent.worker.problem.sizes import base_sizes
from kernelagent.worker.tasks import capture

MODULE = """
import torch
import torch.nn.functional as F


class Model(torch.nn.Module):
    def forward(self, x):
        n = x.shape[1]
        return {result}
"""
HEARD: dict[str, set[tuple[int, int]]] = {
    "x[:, -600:].mean(1)": {(600, 600)},
    "x[:, :600].mean(1)": {(600, 600)},
    "x[..., :600, :].mean(1)": {(600, 600)},
    "x[:, None, 70:].sum(2)": {(70, 70)},
    "x[:, max(n - 250, 0) // 2 : max(n - 250, 0) // 2 + 250].tanh()": {(250, 250)},
    "x[:, ::64].sum(1)": {(64, 64)},
    "x[:, 5] + x[:, -9]": {(5, 5), (9, 9)},
    "x[:, :, :8] * 2": set(),
    "x[:, : n // 2].sum(1)": set(),
    "(torch.ones(n, n).tril().triu(-300) @ x).tanh()": {(300, 301)},
    "x - F.pad(x, (0, 0, 480, 0))[:, :n]": {(480, 480)},
    "x.roll(700, 1)": {(700, 700)},
    "x.roll(9)": {(9, 9)},
    "torch.stack([part.sum(1) for part in x.split(64, 1)]).sum(0)": {(64, 64)},
    "F.avg_pool1d(x.transpose(1, 2), 9, 4, 3)": {(8, 8), (4, 4), (3, 3)},
    "F.conv1d(x.transpose(1, 2), torch.ones(2, 16, 3), dilation=32, padding=32)": {(64, 64), (32, 32)},
    "x.topk(7, 1).values": {(7, 7)},
    "x.unfold(1, 12, 5).sum(-1)": {(12, 12), (5, 5)},
    "F.adaptive_avg_pool1d(x.transpose(1, 2), 50)": {(50, 50)},
    "x.repeat(1, 6, 1)": {(6, 6)},
}


@pytest.mark.parametrize("result", HEARD)
def test_they_are_heard_along_a_free_size_alone(result: str, tmp_path: Path) -> None:
    digest = hashlib.sha256(result.encode()).hexdigest()
    file = tmp_path / f"model_{digest[:8]}.py"  # a module of this process, whose name is its own
    file.write_text(MODULE.format(result=result), encoding="utf-8")
    problem = Problem(str(file), "Model", 6, digest, ExampleInputs("option", "()", "(torch.randn(2, 40, 16),)"))
    told = capture.run({"problem": to_json(problem), "out": str(tmp_path / "graph.json")}, lambda event: None)
    problem = from_json(Problem, told["problem"])
    sizes = base_sizes(problem)
    found = measures_of(problem, build_model(problem), sizes, make_inputs(problem, sizes, seed=1))
    along = problem.inputs[0].dims[1]
    assert {(m.number, m.reach) for m in found if m.symbol == along} == HEARD[result]


def rows(maximum: int | None = None, columns: int = 8) -> Problem:
    free = FreeSize("s0", 40, maximum=maximum)
    spec = TensorSpec("x", (40, columns), "float32", ("s0", str(columns)))
    return Problem(
        *("model.py", "Model", 1, "", ExampleInputs("directive", "()", "()")),
        inputs=(spec,),
        outputs=(spec,),
        free_sizes=(free,),
    )


def test_a_size_just_past_one_well_past_and_one_at_it_are_tried() -> None:
    for problem in (rows(), rows(maximum=599)):
        above, others, dear = sizes_around(problem, [Measure("s0", 600, 600)], {"s0": 129})
        assert above == [({"s0": 601}, "past the module's 600")]
        assert others == [({"s0": 1201}, "well past the module's 600"), ({"s0": 600}, "at the module's 600")]
        assert not dear


def test_few_are_tried_and_none_that_other_sizes_exceed() -> None:
    measures = [Measure("s0", n, n) for n in (3, 60, 200, 300, 400)]
    above, others, dear = sizes_around(rows(), measures, {"s0": 129})
    assert [sizes["s0"] for sizes, _ in above] == [401, 301]
    assert [sizes["s0"] for sizes, _ in others] == [801, 400]
    assert not dear


def test_those_out_of_reach_are_named() -> None:
    above, _, dear = sizes_around(rows(), [Measure("s0", 9000, 9000), Measure("s0", 300, 300)], {"s0": 129})
    assert [sizes["s0"] for sizes, _ in above] == [301]
    assert dear == [9000]
