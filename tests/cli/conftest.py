"""One fused module for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Done, kernelagent
from warm_command_line import warm, warm_pool

__all__ = ["fused", "project", "warm", "warm_pool"]

SOURCE = (
    "import torch\nfrom torch import nn\n\n\nclass Block(nn.Module):\n    def __init__(self, features):\n"
    "        super().__init__()\n        self.weight = nn.Parameter(torch.randn(features))\n\n"
    "    def forward(self, x):\n        return torch.softmax(x * self.weight, dim=-1)\n\n\n"
    "def get_inputs():\n    return [torch.randn(8, 32)]\n\n\ndef get_init_inputs():\n    return [32]\n"
)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").write_text("", encoding="utf-8")
    (folder / "model.py").write_text(SOURCE, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def fused(project: Path) -> Done:
    """``fuse --json`` with an output file, two architectures, and a run directory of its own choice."""
    return kernelagent(
        *("fuse", "model.py::Block", "--json", "--output", "block_triton.py"),
        *("--arch", "sm_80", "--arch", "sm_90", "--run-dir", ".fuse/first"),
        cwd=project,
    )
