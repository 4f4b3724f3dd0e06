"""A composed file that is wrong: the result tells which of its subgraphs is, and that the others are not."""

from __future__ import annotations

from pathlib import Path

from kernelagent.contract.codec import read_json
from kernelagent.contract.events import Event, StageFinished
from kernelagent.contract.options import Options
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.stages.dispatch import KernelsSummary
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool

NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(24, 40)
        self.second = nn.Linear(40, 24)

    def forward(self, x):
        hidden = torch.tanh(self.first(x))
        return torch.cumsum(self.second(hidden), dim=1)


def get_inputs():
    return [torch.randn(6, 24)]
"""


def test_the_wrong_one_is_named(tmp_path: Path, pool: WorkerPool) -> None:
    (tmp_path / "net.py").write_text(NET, encoding="utf-8")
    told: list[str] = []

    def spoil(event: Event) -> None:
        """In the composed file, and in the file of the piece."""
        if isinstance(event, StageFinished) and event.stage == "verify":
            told.append(event.message)
        if isinstance(event, StageFinished) and event.stage == "compose":
            for file in (tmp_path / "run").rglob("*.py"):
                text = file.read_text(encoding="utf-8")
                file.write_text(text.replace("tl.cumsum(", "1.5 * tl.cumsum("), encoding="utf-8")

    options = Options(device="cpu", provider="builtin", run_dir=str(tmp_path / "run"))
    result = fuse(Target(tmp_path / "net.py", "Net"), options, pool=pool, on_event=spoil)
    assert result.status == "failed", result.error
    statuses = {one.id: one.status for one in result.subgraphs}
    wrong = [name for name, status in statuses.items() if status == "failed"]
    assert len(wrong) == 1 and "cumsum" in wrong[0]
    assert set(statuses.values()) == {"failed", "verified"}
    assert told[-1] == f"Wrong by itself: {wrong[0]}"
    assert read_json(tmp_path / "run" / "kernels_out" / "summary.json", KernelsSummary).subgraphs == result.subgraphs


def test_none_is_judged_by_itself_where_the_whole_is_right(tmp_path: Path, pool: WorkerPool) -> None:
    (tmp_path / "net.py").write_text(NET, encoding="utf-8")
    options = Options(device="cpu", provider="builtin", run_dir=str(tmp_path / "run"))
    result = fuse(Target(tmp_path / "net.py", "Net"), options, pool=pool)
    assert result.status == "verified", result.error
    assert len(result.subgraphs) > 1
    assert {one.status for one in result.subgraphs} == {"verified"}
    assert not [*(tmp_path / "run").rglob("verdict.json")]
