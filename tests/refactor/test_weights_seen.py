"""What a piece is given of a weight, as it was seen: the whole, a part of it, or something else."""

from __future__ import annotations

from pathlib import Path

import torch
from kernelagent.contract.problem import TensorSpec
from kernelagent.driver.rewriting.trial import _as_passed
from kernelagent.worker.refactor.trial import traced


class Piece(torch.nn.Module):
    def forward(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return x @ weight


def seen(given: torch.Tensor, state: dict[str, torch.Tensor]) -> dict[str, object]:
    class Fused(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.piece = Piece()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.piece(x, given)  # type: ignore[no-any-return]

    (call,) = traced(Fused(), state, (torch.randn(4, 16),), {}, Path(__file__))[1]
    found: dict[str, object] = call.inputs[1]
    return found


def test_a_weight_and_parts_of_it() -> None:
    both = torch.randn(32, 16)
    square = torch.randn(16, 16)
    state = {"both.weight": both, "square": square, "tied": square}
    assert seen(square, state)["weight"] == "square"
    told = "both.weight, as sizes (16, 16) with strides (1, 16) from element {}"
    assert seen(both[:16].t(), state)["weight"] == told.format(0)
    assert seen(both[16:].t(), state)["weight"] == told.format(256)
    assert seen(square.t(), state)["weight"] == "square, as sizes (16, 16) with strides (1, 16) from element 0"
    assert seen(torch.randn(16, 16), state)["weight"] == ""


def test_strides_are_those_that_were_passed() -> None:
    spec = TensorSpec("weight", (16, 8), "float32", ("s0", "s1"), "", ("s1", "1"))
    assert _as_passed(spec, {"stride": [8, 1]}).strides == ("s1", "1")
    assert _as_passed(spec, {"stride": [1, 16]}).strides == ("1", "16")
    assert _as_passed(spec, {}).strides == ("s1", "1")
