"""Two pieces that a model writes, of which it can write one: the run says which is missing, and goes on with that."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import kernelagent
from doors import KEY
from kernelagent.contract.codec import read_json
from kernelagent.contract.options import Options
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver.again import find_run, resume
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernels import said
from model_server import Act, Say, Seen, Status, playing
from pieces_of_net import MODE_SUB

TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\nusd-input = 2.0\nusd-output = 8.0\n'
TWO = """\
import torch
from torch import nn


class Two(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.fc1 = nn.Linear(n, n)
        self.fc2 = nn.Linear(n, n)

    def forward(self, x):
        hidden = torch.relu(self.fc1(x))
        less = hidden - torch.mode(hidden, dim=-1, keepdim=True).values
        turned = torch.relu(self.fc2(less))
        return turned * torch.mode(turned, dim=-1, keepdim=True).values


def get_inputs():
    return [torch.randn(4, 16)]


def get_init_inputs():
    return [16]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.py").write_text(TWO, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return tmp_path


def adds(seen: Seen, turn: int) -> Act:
    """The first piece is right, the other wrong for ever."""
    wrong = MODE_SUB.replace("values - common", f"values + common + {turn}.0")
    return Say(said(MODE_SUB if "Sg1Mode" in seen.text else wrong))


def multiplies(seen: Seen, turn: int) -> Act:
    assert "Sg3Mode" in seen.text, "the other piece is there"
    return Say(said(MODE_SUB.replace("values - common", "values * common")))


@pytest.mark.whole
@pytest.mark.parametrize("door", ["the command line", "the API"])
def test_the_piece_is_named_and_asked_for_alone(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    target = Target(project / "model.py", "Two")
    given = Options(
        run_dir=str(project / "run"), output=str(project / "two.py"), workers=1, max_iters=2, route="fuser", yes=True
    )
    with playing(adds) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        failed = fuse(target, given, pool=pool)
        assert len(server.seen) == 3
        past = find_run(project, str(project / "run"))
        again = resume(past, pool=pool)
        assert len(server.seen) == 3, "all attempts were made, and nothing is asked twice"
    (good, bad) = (s.id for s in read_json(project / "run" / "subgraphs.json", Extraction).subgraphs if s.refused)
    for result in (failed, again):
        assert (result.status, result.kernel) == ("failed", None)
        assert result.error is not None
        assert result.error.code == "NoVerifiedKernel"
        assert result.error.message.startswith(f"{bad}: none of 2 attempts was accepted")
    assert not (project / "two.py").exists()
    assert not (project / "run" / "compose_out").exists()
    first = project / "run" / "kernels_out" / good / "openai" / "worker_1" / "attempt_1"
    assert (first / "kernel.py").read_text(encoding="utf-8") == MODE_SUB
    assert (first / "reply.json").is_file()
    with playing(multiplies) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        if door == "the API":
            assert resume(past, pool=pool, max_iters=3).status == "verified"
        else:
            done = kernelagent("runs", "resume", "run", "--folder", ".", "--max-iters", "3", "--json", cwd=project)
            assert done.document["status"] == "verified", done.stderr
        assert len(server.seen) == 1
    assert (project / "two.py").is_file()


def test_pieces_of_a_failed_run_show_who_was_to_write_them(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with playing(lambda seen, turn: Status(401)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(provider="openai", model="m", route="fuser", fallback=False, run_dir=str(project / "run"))
        result = fuse(Target(project / "model.py", "Two"), options, pool=pool)
    assert result.error is not None
    assert result.error.code == "KeyRejected"
    assert len(result.subgraphs) > 1
    assert {one.synthesizer for one in result.subgraphs} == {"openai"}
