"""How the layout of a result in memory is judged."""

from __future__ import annotations

import pytest
import torch
from kernelagent.worker.judge.compare_case import compare_values

X = torch.randn(3, 5)
PADDED = torch.empty(3, 8)[:, :5].copy_(X)
TURNED = X.t().contiguous().t()
MODULES = X.t()

TABLE: dict[str, tuple[torch.Tensor, torch.Tensor, str, str]] = {
    "contiguous, as it should be": (X.clone(), X, "", ""),
    "transposed where the module's is contiguous": (TURNED, X, "has strides [1, 3], expected [5, 1]", ""),
    "columns of wider rows": (PADDED, X, "has strides [8, 1], expected [5, 1]", ""),
    "as the module's view": (X.clone().t(), MODULES, "", ""),
    "contiguous where the module's is a view": (
        MODULES.contiguous(),
        MODULES,
        "",
        "has other strides than",
    ),
    "one row is contiguous with any stride": (torch.empty(1, 16)[:, :5].copy_(X[:1]), X[:1], "", ""),
    "elements that share memory": (torch.zeros(1, 5).expand(3, 5), torch.zeros(3, 5), "share memory", ""),
}


@pytest.mark.parametrize("name", TABLE)
def test_layout(name: str) -> None:
    got, expected, failure, note = TABLE[name]
    result = compare_values(got, expected, expected.double(), "output", is_strict=True)
    assert (failure in result.failures[0]) if failure else not result.failures
    assert (note in result.notes[0]) if note else not result.notes


def test_any_layout_will_do_for_inputs_that_are_not_contiguous() -> None:
    assert compare_values(TURNED, X, X.double(), "output") == compare_values(X.clone(), X, X.double(), "output")
