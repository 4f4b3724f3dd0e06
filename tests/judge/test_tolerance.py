"""Which candidate values pass beside which results of PyTorch and of float64."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from kernelagent.worker.judge.compare_tensor import compare
from kernelagent.worker.judge.likely_cause import likely_cause

GENERATOR = torch.Generator().manual_seed(0)
EXACT = torch.randn(4096, generator=GENERATOR, dtype=torch.float64)
FLOAT = EXACT.float()
SMALL, LARGE = EXACT * 1e-6, EXACT * 1e4
OFFSET = EXACT * 1e-3 + 1000.0

Change = Callable[[torch.Tensor], torch.Tensor]
same: Change = lambda t: t.clone()  # noqa: E731


def relative(size: float) -> Change:
    return lambda t: t * (1 + size * torch.randn(t.shape, generator=GENERATOR))


def with_one(value: float) -> Change:
    def change(t: torch.Tensor) -> torch.Tensor:
        out = t.clone()
        out[7] = value
        return out

    return change


PASS: dict[str, tuple[torch.Tensor, torch.dtype, Change]] = {
    "equal": (EXACT, torch.float32, same),
    "two units in the last place": (EXACT, torch.float32, relative(2e-7)),
    "large values": (LARGE, torch.float32, relative(1e-7)),
    "small values": (SMALL, torch.float32, relative(1e-7)),
    "half, one rounding": (EXACT, torch.float16, lambda t: EXACT.float().half()),
    "bfloat16, rounded otherwise": (EXACT, torch.bfloat16, lambda t: (EXACT * (1 + 2e-3)).bfloat16()),
    "double, reordered": (EXACT, torch.float64, lambda t: t * (1 + 1e-15)),
    "integers": (torch.arange(50), torch.int64, same),
    "NaN where NaN is due": (torch.tensor([1.0, float("nan")], dtype=torch.float64), torch.float32, same),
    "infinity where it is due": (torch.tensor([1.0, float("inf")], dtype=torch.float64), torch.float32, same),
    "nothing": (torch.empty(0, dtype=torch.float64), torch.float32, same),
}
FAIL: dict[str, tuple[torch.Tensor, torch.dtype, Change]] = {
    "zeros for small values": (SMALL, torch.float32, torch.zeros_like),
    "the mean of nearly equal values": (OFFSET, torch.float32, lambda t: torch.full_like(t, float(t.mean()))),
    "one wrong element": (EXACT, torch.float32, with_one(9.0)),
    "one NaN": (EXACT, torch.float32, with_one(float("nan"))),
    "one infinity": (EXACT, torch.float32, with_one(float("inf"))),
    "TF32's error": (EXACT, torch.float32, relative(3e-4)),
    "half precision's error": (EXACT, torch.float32, lambda t: t.half().float()),
    "float32's error in double": (EXACT, torch.float64, lambda t: t.float().double()),
    "accumulated in bfloat16": (EXACT, torch.bfloat16, relative(8e-3)),
    "off by one": (torch.arange(50), torch.int64, lambda t: t + 1),
    "a byte that is no bool": (
        torch.ones(4, dtype=torch.bool),
        torch.bool,
        lambda t: torch.full((4,), 255, dtype=torch.uint8).view(torch.bool),
    ),
}


def judged(exact: torch.Tensor, dtype: torch.dtype, change: Change) -> str:
    native = exact.to(dtype)
    return compare(change(native).to(dtype), native, exact if exact.is_floating_point() else None).reason


@pytest.mark.parametrize("name", PASS)
def test_passes(name: str) -> None:
    assert judged(*PASS[name]) == ""


@pytest.mark.parametrize("name", FAIL)
def test_fails(name: str) -> None:
    assert judged(*FAIL[name]) != ""


def test_following_pytorchs_own_rounding_is_right() -> None:
    """A comparison that rounding turns: the kernel that gives what PyTorch gives is not wrong."""
    exact = torch.where(torch.arange(64) == 5, 0.0, 1.0).double()
    native = torch.ones(64)
    assert compare(native.clone(), native, exact).reason == ""


GRID = torch.randn(16, 16, generator=GENERATOR)
CAUSES: dict[str, tuple[Change, torch.Tensor, str]] = {
    "tail": (lambda t: torch.cat([t[:60], torch.zeros(4)]), torch.arange(1.0, 65.0), "at the end"),
    "columns": (lambda t: torch.cat([t[:, :12], t[:, 12:] * 0], 1), GRID.abs() + 1, "from column 12 on"),
    "transposed": (lambda t: t.t().contiguous(), GRID, "transpose"),
    "scaled": (lambda t: t * 0.5, GRID, "times 0.5"),
    "shifted": (lambda t: t + 2, GRID, "plus 2"),
    "zeros": (torch.zeros_like, GRID, "all zeros"),
    "constant": (lambda t: torch.full_like(t, 3.0), GRID, "one constant"),
    "unwritten": (lambda t: torch.full_like(t, float("nan")), GRID, "never written"),
}


@pytest.mark.parametrize("name", CAUSES)
def test_the_likely_cause_is_named(name: str) -> None:
    change, expected, wanted = CAUSES[name]
    got = change(expected)
    assert wanted in likely_cause(got, expected, ~torch.isclose(got, expected))
