"""Modules that do something else in training mode than in evaluation mode, and those that do not."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from kernelagent.worker.capture.modes import decides_by_mode
from kernelagent.worker.problem import Specimen
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode


class Halved(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.factor = torch.ones(16)
        self.calls = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return x * self.factor * (0.5 if self.training else 1.0)


class Raises(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            raise RuntimeError("trained only")
        return x + 1


def _same() -> list[tuple[str, nn.Module]]:
    return [
        ("linear", nn.Linear(16, 16)),
        ("no dropout", nn.Dropout(0.0)),
        ("lstm", nn.LSTM(16, 16, batch_first=True)),
        ("encoder", nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)),
        ("statistics of the batch", nn.BatchNorm1d(6, track_running_stats=False)),
        ("weight norm", nn.utils.parametrizations.weight_norm(nn.Linear(16, 16))),
    ]


def _other() -> list[tuple[str, nn.Module]]:
    return [
        ("batch norm", nn.BatchNorm1d(6)),
        ("dropout", nn.Dropout(0.1)),
        ("between layers", nn.LSTM(16, 16, 2, dropout=0.5, batch_first=True)),
        ("encoder with dropout", nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)),
        ("spectral norm", nn.utils.parametrizations.spectral_norm(nn.Linear(16, 16))),
        ("its own if", Halved()),
    ]


def _specimen() -> Specimen:
    return Specimen((torch.randn(4, 6, 16),), {}, ("x",))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    ("module", "decides"),
    [
        *(pytest.param(module, False, id=name) for name, module in _same()),
        *(pytest.param(module, True, id=name) for name, module in _other()),
    ],
)
def test_what_is_called_tells(module: Any, decides: bool, training: bool) -> None:
    module.train(training)
    before = {key: value.clone() for key, value in module.state_dict().items()}
    assert decides_by_mode(module, _specimen(), None) is decides
    assert module.training is training and vars(module).get("calls", 0) == 0
    assert all(type(p) is nn.Parameter for p in module.parameters())
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


def test_where_one_mode_raises() -> None:
    assert decides_by_mode(Raises(), _specimen(), None)
    assert not decides_by_mode(Raises().eval(), _specimen(), None), "it cannot be run as it is"


def test_of_fake_tensors() -> None:
    with FakeTensorMode() as mode:
        normed, specimen = nn.Sequential(nn.Linear(16, 16), nn.BatchNorm1d(6)), _specimen()
    assert decides_by_mode(normed, specimen, mode)
    assert not decides_by_mode(normed[0], specimen, mode)
