"""Modules that construct what is seldom constructed: the built-in synthesizer's file of each is verified."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from warm_command_line import Warm

HEAD = """\
from pathlib import Path

import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
"""
TAIL = """

def get_inputs():
    return [torch.randn(4, 16)]
"""
CONSTRUCTED = {
    "keys, infinities, a sparse tensor": """\
        self.by_key = nn.ModuleDict({"a b": nn.Linear(16, 16), "class": nn.LayerNorm(16), 'a"c': nn.Linear(16, 16)})
        self.mask = torch.full((16,), float("-inf")).where(torch.arange(16) > 3, 0.0)
        self.unused = torch.eye(3).to_sparse()

    def forward(self, x):
        x = self.by_key['a"c'](self.by_key["class"](self.by_key["a b"](x)))
        return torch.softmax(x + self.mask, -1)
""",
    "weights from a file": """\
        self.weight = nn.Parameter(torch.load(Path(__file__).parent / "own.pt"))
        self.first, self.second = nn.Linear(16, 16), nn.Linear(16, 16)
        self.second.weight = self.first.weight
        self.first.bias.requires_grad_(False)
        self.order = nn.Parameter(torch.arange(16).flip(0), requires_grad=False)
        self.register_buffer("mask", torch.full((16, 64), float("-inf")).triu(1), persistent=False)

    def forward(self, x):
        x = self.second(self.first(x) * self.weight)[:, self.order]
        return torch.softmax(x[:, :, None] + self.mask, -1)
""",
}


@pytest.mark.parametrize("name", CONSTRUCTED)
def test_it_is_verified(tmp_path: Path, name: str, warm: Warm) -> None:
    (tmp_path / "model.py").write_text(HEAD + CONSTRUCTED[name] + TAIL)
    torch.save(torch.rand(16), tmp_path / "own.pt")
    args = ("--device", "cpu", "--provider", "builtin", "--output", "kernel.py", "--json")
    result = warm("fuse", "model.py", *args, cwd=tmp_path).document
    assert result["status"] == "verified", result["error"] or result["verification"]["checks"]
    text = (tmp_path / "kernel.py").read_text(encoding="utf-8")
    if name == "weights from a file":
        assert 'self.second.register_parameter("weight", self.get_parameter("first.weight"))' in text
        assert "nn.Parameter(torch.zeros((16,), dtype=torch.int64), requires_grad=False)" in text
        assert 'nn.Parameter(torch.full((16,), float("nan"), dtype=torch.float32), requires_grad=False)' in text
