"""What puts NaN in an order, what asks for it, and what passes it on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from kernelagent.worker.judge.nan_ordered import asks_for_nan, readings
from kernelagent.worker.problem import Specimen
from torch import nn

NAN = float("nan")
X = torch.tensor([[0.5, NAN, 2.0, -1.0], [1.0, 3.0, -2.0, 0.25]])
Forward = Callable[[torch.Tensor], torch.Tensor]

WAYS: dict[str, tuple[Forward, bool, bool]] = {
    # the result depends on how NaN is ordered, the module asks for it and orders it nowhere
    "a comparison": (lambda x: torch.where(x > 0, x, 0.0), True, False),
    "a sort": (lambda x: x.sort(-1).values, True, False),
    "a place": (lambda x: x.argmax(-1), True, False),
    "a search": (lambda x: torch.searchsorted(torch.tensor([0.0, 1.0]), x), True, False),
    "a maximum": (lambda x: x.amax(-1), True, False),
    "a sum": (lambda x: x.sum(-1), False, False),
    "a product": (lambda x: x @ x.t(), False, False),
    "isnan": (lambda x: torch.where(x.isnan(), 7.0, x), False, True),
    "isfinite": (lambda x: x.isfinite().sum(-1), False, True),
    "itself": (lambda x: x.ne(x).sum(-1), False, True),
    "another": (lambda x: (x == x.roll(1, -1)).sum(-1), False, False),
    "nansum": (lambda x: x.nansum(-1), False, True),
    "nanmean": (lambda x: x.nanmean(-1), False, True),
    "nan_to_num, as a column": (lambda x: x.reshape(-1, 1).nan_to_num(), False, True),
    "what was computed": (lambda x: (x - x.sum(-1, keepdim=True)).nan_to_num(), False, False),
    "asked for and ordered": (lambda x: x.isnan().sum(-1) + x.argmax(-1), True, False),
    "asked for and passed on": (lambda x: torch.stack([x.isnan().sum(-1), x.sum(-1)]), False, True),
}


@pytest.mark.parametrize("name", WAYS)
def test_what_becomes_of_nan(name: str) -> None:
    forward, depends, asks = WAYS[name]
    module = _Module(forward)
    specimen = Specimen((X,), {}, ("x",))
    native, found = forward(X), readings(module, specimen)
    differs = [result["outputs"] for result in found.results if not _equal(result["outputs"], native)]
    assert (bool(differs), found.asks) == (depends, asks)
    assert asks_for_nan(module, specimen) == (asks or name == "asked for and ordered")


class _Module(nn.Module):
    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self._forward = forward

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._forward(x)


def _equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    return bool(((one == other) | (one.isnan() & other.isnan())).all())
