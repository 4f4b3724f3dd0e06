"""What a module rounds away that computes in float64 itself: an exact kernel is right there, another window is not."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from kernelagent.worker.judge import reference_run, rounded_float64
from kernelagent.worker.judge.compare_tensor import Comparison, compare
from kernelagent.worker.judge.operators_met import FLOAT64, operators_met
from kernelagent.worker.judge.yardstick import Beside
from kernelagent.worker.problem import Specimen

WINDOW = 5


class WindowSums(torch.nn.Module):
    """By differences of sums from the start."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        sums = F.pad(x.double().cumsum(1), (1, 0))
        return (sums[:, WINDOW:] - sums[:, :-WINDOW]).to(x.dtype)


class InALoop(torch.nn.Module):
    """The same, without an operator that sums."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        total, out = torch.zeros_like(x[:, 0], dtype=torch.float64), []
        for t in range(x.shape[1]):
            total = total + x[:, t]
            if t >= WINDOW:
                total -= x[:, t - WINDOW]
            if t >= WINDOW - 1:
                out.append(total)
        return torch.stack(out, 1).to(x.dtype)


def of(x: torch.Tensor, window: int = WINDOW) -> torch.Tensor:
    windows = F.pad(x, (0, WINDOW - window)).double().unfold(1, window, 1)
    return windows.sum(-1)[:, : x.shape[1] - WINDOW + 1].to(x.dtype)


def judged(model: torch.nn.Module, x: torch.Tensor, candidate: torch.Tensor) -> Comparison:
    specimen = Specimen((x,), {}, ("x",))
    native, exact = model(x), reference_run.run_float64(model, specimen).outputs
    off = rounded_float64.around(model, specimen).get("outputs")
    return compare(candidate, native, exact, Beside(rounded_away=off, moved=torch.zeros_like(exact)))


def drawn() -> torch.Tensor:
    return torch.rand(4, 40, generator=torch.Generator().manual_seed(5)) + 0.5


@pytest.mark.parametrize("model", [WindowSums(), InALoop()], ids=str)
def test_what_is_exact_beside_a_large_number_passes_and_is_said(model: torch.nn.Module) -> None:
    x = drawn()
    x[:, 3] = 2.0**60
    assert float((model(x)[:, 20:] - of(x)[:, 20:]).abs().min()) > 0.5
    found = judged(model, x, of(x))
    assert found.reason == ""
    assert "arithmetic rounds away" in found.notes[0]


@pytest.mark.parametrize("model", [WindowSums(), InALoop()], ids=str)
@pytest.mark.parametrize("largest", [1.0, 2.0**20, 2.0**60])
def test_another_window_does_not(model: torch.nn.Module, largest: float) -> None:
    x = drawn()
    x[:2, 20] = largest
    assert judged(model, x, of(x, WINDOW - 1)).reason == "is wrong"


@pytest.mark.parametrize("largest", [1.0, 2.0**20])
def test_beside_usual_numbers_nothing_is_allowed(largest: float) -> None:
    x = drawn()
    x[:, 3] = largest
    found = judged(WindowSums(), x, of(x))
    assert (found.reason, found.notes) == ("", ())
    assert "less exact" in judged(WindowSums(), x, of(x) * (1 + 2.0**-19)).reason


def test_no_number_is_no_rounding() -> None:
    x = drawn()
    x[:, 3] = 2.0**60
    wrong = of(x).index_fill(1, torch.tensor([30]), float("nan"))
    assert "NaN" in judged(WindowSums(), x, wrong).reason


def test_a_module_that_computes_in_its_inputs_type_is_not_run_again() -> None:
    specimen = Specimen((drawn(),), {}, ("x",))
    assert operators_met(WindowSums(), specimen) & FLOAT64
    assert not operators_met(torch.nn.Softmax(1), specimen) & FLOAT64


class Angle(torch.nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return torch.acos(F.cosine_similarity(a, b, dim=-1).clamp(-1.0, 1.0))


@pytest.mark.parametrize(("off", "passes"), [(3e-4, True), (0.0, True), (0.05, False)])
def test_the_angle_of_a_row_with_itself_is_what_is_rounded(off: float, passes: bool) -> None:
    a = torch.randn(12, 24, generator=torch.Generator().manual_seed(0))
    specimen = Specimen((a, a), {}, ("a", "b"))
    native, exact = reference_run.run(Angle(), specimen), reference_run.run_float64(Angle(), specimen)
    around = rounded_float64.around_alike(Angle(), specimen, native)["outputs"]
    beside = Beside(rounded_away=around, moved=torch.zeros_like(exact.outputs))
    found = compare(torch.full((12,), off), native.outputs, exact.outputs, beside)
    assert (found.reason == "") == passes


def test_nothing_is_let_pass_where_pytorch_is_exact() -> None:
    specimen = Specimen((torch.randn(12, 24), torch.randn(12, 24)), {}, ("a", "b"))
    assert rounded_float64.around_alike(Angle(), specimen, reference_run.run(Angle(), specimen)) == {}
