"""A module whose text says something else than the process that has it computes is no target; one that draws or keeps
state is."""

from __future__ import annotations

import importlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from kernelagent.contract.codec import to_json
from kernelagent.contract.options import Options
from kernelagent.driver.stages import load
from kernelagent.errors import TextDiffers
from kernelagent.live.called import with_results
from kernelagent.live.saving import live_target
from kernelagent.worker.tasks import capture

SWITCHED = """
import torch
from torch import nn
FACTOR = 2.0
def scaled(x, by=[2.0]): return x * by[0]
class Block(nn.Module):
    S = 2.0
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.register_buffer("calls", torch.zeros(1))
    def forward(self, x):
        self.calls += 1
        return self.drop(scaled(x) * self.S * FACTOR + self.calls)
"""


def text_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    name = f"switched_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(SWITCHED, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module(name)


CHANGES = {
    "class attribute": "Block.S = 5.0",
    "global": "FACTOR = 7.0",
    "function": "Block.forward = lambda self, x: x * 7.0",
    "mutable default": "scaled.__defaults__[0][0] = 9.0",
    "shape": "scaled = lambda x: x[:1]",
    "dtype": "scaled = lambda x: x.double()",
    "structure": "Block.forward = lambda self, x: (x, x)",
}


def captured(module: torch.nn.Module, folder: Path) -> None:
    options = Options(inputs="(torch.randn(4, 8),)", init="'live'")
    with live_target(module, init_given=False) as saved:
        target = with_results(saved, module, options)
        assert target.live is not None
        assert target.live.called
        given = load.read(target, options).problem
        capture.run({"problem": to_json(given), "out": str(folder / "graph.json")}, lambda _: None)


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_what_was_set_since_is_told(change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = text_file(tmp_path, monkeypatch)
    exec(change, vars(file))
    with pytest.raises(TextDiffers, match="Block computes something else in this process than its text says"):
        captured(file.Block().eval(), tmp_path)


@pytest.mark.parametrize("training", [False, True])
def test_as_its_text_says(training: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = text_file(tmp_path, monkeypatch).Block().train(training)
    captured(module, tmp_path)


def test_a_call_leaves_the_module_and_the_generators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = text_file(tmp_path, monkeypatch).Block()
    torch.manual_seed(3)
    generators = torch.get_rng_state(), random.getstate()
    with live_target(module, init_given=False) as saved:
        target = with_results(saved, module, Options(inputs="(torch.randn(4, 8),)", init="()"))
        assert target != saved
    assert torch.equal(torch.get_rng_state(), generators[0])
    assert random.getstate() == generators[1]
    assert float(module.calls) == 0


def test_what_is_too_large_is_not_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelagent.live.called.MOST_BYTES", 8)
    module = text_file(tmp_path, monkeypatch).Block()
    with live_target(module, init_given=False) as target:
        assert with_results(target, module, Options(inputs="(torch.randn(4, 8),)", init="()")) is target


SCRIPT = """
import json, torch, kernelagent
class Scaled(torch.nn.Module):
    S = 2.0
    def forward(self, x): return x * self.S + 1
x = torch.randn(4, 8)
first = kernelagent.fuse(Scaled(), x, arch=())
Scaled.S = 5.0
second = kernelagent.fuse(Scaled(), x, arch=())
print(json.dumps([first.status, second.status, second.error and second.error.code]))
"""


def test_an_answer_from_before_it_was_set_is_none(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == ["verified", "failed", "TextDiffers"]
