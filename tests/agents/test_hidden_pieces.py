"""A module whose pieces and variables are called as Python's own: every piece is verified, and so is the whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from doors import KEY
from kernelagent.contract.options import Options
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernels import said
from model_server import Say, playing
from pieces_of_net import MODE_SUB, NET

TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\nusd-input = 2.0\nusd-output = 8.0\n'
NAMED = NET.replace(
    "return self.fc2(hidden - common) + torch.relu(self.fc1(x))",
    "scores = self.fc2(hidden - common)\n        return torch.max(scores, dim=-1).values, seen & wanted",
)
NAMED = NAMED.replace("forward(self, x)", "forward(self, x, seen, wanted)").replace(
    "return [torch.randn(4, 16)]", "return [torch.randn(4, 16), torch.rand(4, 16) > 0.5, torch.rand(4, 16) > 0.5]"
)
BY_TABLE = MODE_SUB.replace(
    "\n\ndef kernel_function",
    "\n\nWARPS = {}\nfor limit, warps in ((1024, 4), (1 << 30, 8)):\n    WARPS[limit] = warps\n\n\ndef kernel_function",
).replace("BLOCK=block)", "BLOCK=block, num_warps=next(w for most, w in WARPS.items() if block <= most))")


@pytest.mark.whole
def test_linked(tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.py").write_text(NAMED, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with playing(lambda seen, turn: Say(said(BY_TABLE))) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(workers=1, max_iters=1, route="fuser", run_dir=str(tmp_path / "run"), model="m")
        result = fuse(Target(tmp_path / "model.py", "Net"), options, pool=pool)
        (asked,) = server.seen
    assert result.status == "verified", result.error or result.verification
    text = (tmp_path / "run/compose_out/composed_kernel.py").read_text(encoding="utf-8")
    assert "def max_(" in text
    assert "def and_(" in text
    assert "WARPS[limit] = warps" in text
    assert "(hidden.shape[0])" in asked.text, "sizes are told of the piece's own inputs"
