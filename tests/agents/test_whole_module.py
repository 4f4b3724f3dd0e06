"""What is told of a module that a model is given whole: as much as of a piece."""

from __future__ import annotations

from pathlib import Path

import pytest
from doors import KEY
from kernelagent.contract.codec import read_json
from kernelagent.contract.options import Options
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from model_server import Say, playing

MODULE = """\
import torch
from torch import nn


class Sm(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 8, 3, stride=2, padding=1, groups=2)

    def forward(self, x):
        return torch.softmax(self.conv(x), dim=1)


def get_inputs():
    return [torch.randn(2, 4, 8, 8)]
"""
TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\nusd-input = 2.0\nusd-output = 8.0\n'


def test_all_is_told(tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sm.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with playing(lambda seen, turn: Say("I can't.")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(
            provider="openai", model="m", workers=1, max_iters=1, route="direct", run_dir=str(tmp_path / "run")
        )
        fuse(Target(tmp_path / "sm.py", "Sm"), options, pool=pool)
        (asked,) = server.seen
    (subgraph,) = read_json(tmp_path / "run" / "subgraphs.json", Extraction).subgraphs
    convolution, softmax = subgraph.nodes
    assert convolution.arguments["stride"] == "[2, 2]"
    assert convolution.arguments["groups"] == "2"
    assert softmax.arguments["dim"] == "1"
    assert softmax.arguments["self"] == convolution.name
    assert all(node.strides for node in subgraph.nodes)
    assert set(subgraph.weights.values()) == {"conv.weight", "conv.bias"}
    assert subgraph.cost.flops >= 2 * 2 * 8 * 4 * 4 * 2 * 9
    for word in ("groups=2", "dim=1", "weight=conv.weight", f"self={convolution.name}"):
        assert word in asked.text


UNCUT = """\
import torch
from torch import nn


class Third(nn.Module):
    def forward(self, x):
        return torch.relu(x[:, : round(x.shape[1] / 3)]) * 2


def get_inputs():
    return [torch.randn(2, 30)]
"""


def test_a_graph_that_cannot_be_cut_is_given_whole(tmp_path: Path, pool: WorkerPool) -> None:
    """Its sizes are none that a generated kernel can compute; the one failure does not hide the other."""
    (tmp_path / "third.py").write_text(UNCUT, encoding="utf-8")
    (tmp_path / "script.json").write_text('{"replies": [{"text": "I cannot."}]}', encoding="utf-8")
    options = Options(
        provider="scripted", model=str(tmp_path / "script.json"), workers=1, max_iters=1, run_dir=str(tmp_path / "run")
    )
    result = fuse(Target(tmp_path / "third.py", "Third"), options, pool=pool)
    assert result.error is not None
    assert result.error.code == "NoVerifiedKernel"
    assert "no code block" in result.error.message
    fuser = Options(**{**vars(options), "route": "fuser", "run_dir": str(tmp_path / "other")})
    refused = fuse(Target(tmp_path / "third.py", "Third"), fuser, pool=pool)
    assert refused.error is not None
    assert refused.error.code == "UnsupportedOperator"
    assert "RoundToInt" in refused.error.message
