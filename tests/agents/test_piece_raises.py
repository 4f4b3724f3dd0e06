"""A piece that raises on what is drawn for it is no fault of the module's."""

from __future__ import annotations

from pathlib import Path

import pytest
from doors import KEY
from kernelagent.contract.options import Options
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernels import said
from model_server import Hang, Say, playing
from pieces_of_net import MODE_SUB

TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\nusd-input = 2.0\nusd-output = 8.0\n'
NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 16)
        self.register_buffer("steps", torch.tensor([-3, 5] * 8))

    def forward(self, counts):
        most = torch.mode(counts, dim=-1, keepdim=True).values
        return torch.relu(self.fc(counts.float())) + most // self.steps


def get_inputs():
    return [torch.randint(0, 60, (4, 16))]
"""


def test_a_divisor_that_is_never_zero_in_the_module(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "net.py").write_text(NET, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with playing(lambda seen, turn: Say(said(MODE_SUB)) if "ModeFloorDivide" in seen.text else Hang()) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(provider="openai", model="m", yes=True, workers=1, max_iters=1, route="fuser")
        result = fuse(Target(tmp_path / "net.py", "Net"), options, pool=pool)
    assert result.error is not None
    assert result.error.code == "NoVerifiedKernel"
    assert "raises on inputs that were drawn like those that it is called with" in result.error.message
    assert "--route direct" in result.error.hint
