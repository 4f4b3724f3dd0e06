"""Integers that are large and near each other: one offset for all, but for what is an index, a size, or promised."""

from __future__ import annotations

import pytest
import torch
from kernelagent.worker.judge.near_integers import OFFSETS, moved
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.problem import Specimen

SECONDS, MANY = OFFSETS.values()


class Ages(torch.nn.Module):
    def forward(self, times: torch.Tensor, now: torch.Tensor) -> torch.Tensor:
        return (now[:, None] - times).float() / 60


class Looked(torch.nn.Module):
    def forward(self, times: torch.Tensor, now: torch.Tensor) -> torch.Tensor:
        return torch.arange(300.0)[times] + now[:, None]


class AsMany(torch.nn.Module):
    def forward(self, times: torch.Tensor, now: torch.Tensor) -> torch.Tensor:
        return torch.arange(int(now.max())).sum() + times


class AsOften(torch.nn.Module):
    def forward(self, times: torch.Tensor, now: torch.Tensor) -> torch.Tensor:
        for _ in range(int(now.max())):
            times = times + 1
        return times


def given(dtype: torch.dtype = torch.int64) -> Specimen:
    times, now = torch.arange(100, 124, dtype=dtype).reshape(3, 8), torch.tensor([250, 200, 180], dtype=dtype)
    return Specimen((times, now), {}, ("times", "now"))


@pytest.mark.parametrize(
    ("dtype", "offset"), [(torch.int64, SECONDS), (torch.int64, MANY), (torch.int32, SECONDS)], ids=str
)
def test_differences_stay_what_they_are_and_no_float32_tells_them(dtype: torch.dtype, offset: int) -> None:
    model = Ages()
    found = moved(model, given(dtype), offset, ())
    assert int(found.args[0].min()) == offset + 100
    assert found.args[0].dtype == dtype
    expected = model(*given(dtype).args)
    assert torch.equal(model(*found.args), expected)
    assert not torch.allclose(model(*(leaf.float() for leaf in found.args)), expected, atol=0.1)


def test_what_is_promised_stays_and_what_has_no_room() -> None:
    found = moved(Ages(), given(), SECONDS, {"now"})
    assert [int(leaf.min()) for leaf in found.args] == [SECONDS + 100, 180]
    for dtype, offset in ((torch.int16, SECONDS), (torch.int32, MANY), (torch.float32, SECONDS)):
        with pytest.raises(NoCase, match="so large"):
            moved(Ages(), given(dtype), offset, ())


@pytest.mark.parametrize("model", [AsMany(), AsOften()], ids=["elements", "rounds"])
def test_what_is_as_large_as_its_integers_say_is_not_asked(model: torch.nn.Module) -> None:
    with pytest.raises(NoCase, match="as large"):
        moved(model, given(), MANY, ())


def test_an_index_is_refused_by_the_module() -> None:
    with pytest.raises(IndexError):
        moved(Looked(), given(), SECONDS, ())
