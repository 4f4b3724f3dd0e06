"""Sizes at which PyTorch's places are rounded, held against PyTorch's own."""

from __future__ import annotations

import pytest
import torch
from kernelagent.worker.judge.rounded_places import Resizes
from torch.nn import functional as F


def differs(n_in: int, mode: str, size: int | None, factor: float | None) -> bool:
    """Whether PyTorch takes other elements than exact arithmetic does."""
    taken = F.interpolate(torch.arange(n_in).float()[None, None], size=size, scale_factor=factor, mode=mode)[0, 0]
    half = mode == "nearest-exact"
    if factor:
        exactly = [int((i + 0.5 * half) / factor) for i in range(len(taken))]
    else:
        exactly = [(2 * i + half) * n_in // (2 * len(taken)) for i in range(len(taken))]
    return taken.long().tolist() != [min(place, n_in - 1) for place in exactly]


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact"])
@pytest.mark.parametrize(("size", "factor"), [(48, None), (28, None), (7, None), (None, 1.2), (None, 0.7), (None, 3.0)])
def test_they_are_found_where_pytorch_has_them(mode: str, size: int | None, factor: float | None) -> None:
    found, wanted = [], []
    for n_in in range(2, 260):
        with Resizes() as resizes:
            F.interpolate(torch.zeros(1, 1, n_in), size=size, scale_factor=factor, mode=mode)
        (resize,) = resizes.found
        found += [n_in] if resize.is_rounded() else []
        wanted += [n_in] if differs(n_in, mode, size, factor) else []
    assert found == wanted


def test_some_are_found() -> None:
    assert differs(112, "nearest", 48, None)
    assert not differs(111, "nearest", 48, None)
