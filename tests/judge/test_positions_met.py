"""Numbers that a module's positions meet, and numbers that it makes of sizes, learned by running it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.problem import ExampleInputs, FreeSize, Problem, TensorSpec
from kernelagent.worker.judge import cases
from kernelagent.worker.judge.computed_sizes import computed_sizes
from kernelagent.worker.judge.measured import Measure
from kernelagent.worker.judge.module_numbers import OwnNumbers, own_numbers_of
from kernelagent.worker.judge.positions_met import positions_met
from kernelagent.worker.problem import build_model, make_inputs
from kernelagent.worker.problem.sizes import base_sizes
from kernelagent.worker.tasks import capture

MODULE = """
import torch
import torch.nn.functional as F


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("places", torch.arange(4096)[None])

    def forward(self, x):
        n = x.shape[1]
        at = torch.arange(n, dtype=torch.float32)[:, None]
        return {result}
"""
MET: dict[str, set[tuple[float, int]]] = {
    "x * torch.log(torch.floor((at + 1.0) / 1024.0) + 1.0)": {(1024.0, 1024)},
    "x * torch.floor((at + 1.0) * 0.004)": {(0.004, 250)},
    "x * torch.sigmoid((at - 700.0) * 0.25)": {(700.0, 701)},
    "x * (at > 150).float()": {(150, 151)},
    "x * (at * 0.5 > 150.0).float()": {(150.0, 301)},
    "x * (at // 200)": {(200, 201)},
    "x * (at / 200).long()": {(200, 201)},
    "x * (at - at.T > -300.0).float().sum(1)[:, None]": {(-300.0, 301)},
    "x * (torch.ones(n).cumsum(0) > 90.5).float()[:, None]": {(90.5, 90)},
    "x * (self.places[0, :n] / 512).floor()[:, None]": {(512, 513)},
    "x * at.clamp(max=333.0)": {(333.0, 334)},
    "x * torch.arange(x.shape[2]).sub(700.0)": set(),
    "x * (at / n).floor()": set(),
    "x * torch.exp(at * -0.01)": set(),
    "(x - 700.0) * at": set(),
}
MADE: dict[str, set[int]] = {
    "x.topk(max(1, int(n * 0.005)), 1).values": {399, 599},
    "x[:, : max(2, int(n * 0.01))].sum(1)": {299, 399},
    "x * max(5, round(n ** 0.5))": set(),
    "x * max(1.0, n // 300)": {599, 899},
    "x.mean(1) / n": set(),
    "x.topk(max(1, int(n * 0.3)), 1).values": set(),
}


def captured(result: str, folder: Path) -> Problem:
    digest = hashlib.sha256(result.encode()).hexdigest()
    file = folder / f"model_{digest[:8]}.py"  # a module of this process, whose name is its own
    file.write_text(MODULE.format(result=result), encoding="utf-8")
    problem = Problem(str(file), "Model", 6, digest, ExampleInputs("option", "()", "(torch.randn(2, 40, 16),)"))
    told = capture.run({"problem": to_json(problem), "out": str(folder / "graph.json")}, lambda event: None)
    return from_json(Problem, told["problem"])


@pytest.mark.parametrize("result", MET)
def test_positions_along_a_free_size_meet_them(result: str, tmp_path: Path) -> None:
    problem = captured(result, tmp_path)
    sizes = base_sizes(problem)
    found = positions_met(problem, build_model(problem), sizes, make_inputs(problem, sizes, seed=1))
    assert {(m.number, m.reach) for m in found if m.symbol == problem.inputs[0].dims[1]} == MET[result]
    assert all(m.told.endswith(" (line 14)") for m in found)


@pytest.mark.parametrize("result", MADE)
def test_what_lasts_for_small_sizes_is_asked_how_long(result: str, tmp_path: Path) -> None:
    problem = captured(result, tmp_path)
    found = [m for m in computed_sizes(problem) if m.symbol == problem.inputs[0].dims[1]]
    assert {m.reach for m in found} == MADE[result]


def test_those_that_no_case_passes_are_named_with_the_largest_size() -> None:
    free = FreeSize("s0", 40, where="x.shape[0]")
    spec = TensorSpec("x", (40, 8), "float32", ("s0", "8"))
    problem = Problem(
        *("model.py", "Model", 1, "", ExampleInputs("directive", "()", "()")),
        inputs=(spec,),
        outputs=(spec,),
        free_sizes=(free,),
    )
    near, far = (Measure("s0", n, int(n), f"{n:,} (line 9)") for n in (700.0, 50000.0))
    planned = cases.plan(problem, "full", own=OwnNumbers(measured=(near, far)))
    assert {701, 1401} <= {case.sizes["s0"] for case in planned}
    told = [(case.name, case.left_out) for case in planned if case.left_out]
    assert told == [("The module's 50,000.0 (line 9)", "no x.shape[0] above 1,401 was tried")]


def test_what_could_not_be_looked_for_is_told(tmp_path: Path) -> None:
    """A module may raise anything where its values are followed."""
    problem = captured("x * (at > 150).float()", tmp_path)
    model = build_model(problem)
    sizes = base_sizes(problem)
    assert own_numbers_of(problem, model, sizes).unseen == ()
    calls = iter(range(1000))

    def raises_later(module: torch.nn.Module, given: object) -> None:
        if next(calls):
            raise LookupError("only once")

    model.register_forward_pre_hook(raises_later)
    unseen = own_numbers_of(problem, model, sizes).unseen
    met = "Numbers that its positions meet: where it was run to see them, it raised LookupError: only once"
    assert met in unseen
