"""``batch``: each problem has its answer, a killed batch goes on, and only what has changed is done again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import kernelagent
from kernelagent.driver.batch.family import NOT_CAPTURED, family_of
from kernelagent.driver.batch.problems import problems
from kernelagent.errors import TargetNotFound
from model_server import ABROAD, Say, playing

GOOD = (
    "import torch\nfrom torch import nn\n\n\nclass {name}(nn.Module):\n"
    "    def forward(self, x):\n        return {body}\n\n\n"
    "def get_inputs():\n    return [torch.randn(4, 16)]\n\n\ndef get_init_inputs():\n    return []\n"
)
BROKEN = "from torch import nn\n\n\nclass Broken(nn.Module):\n    def forward(self, x):\n        return x.nope()\n"


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    folder = tmp_path / "zoo of 10"
    folder.mkdir()
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    (folder / "10_softmax.py").write_text(GOOD.format(name="Soft", body="x.softmax(-1)"), encoding="utf-8")
    (folder / "9_sum.py").write_text(GOOD.format(name="Sum", body="x.sum(-1)"), encoding="utf-8")
    (folder / "helpers.py").write_text("VALUE = 1\n", encoding="utf-8")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "model.py").write_text(GOOD.format(name="No", body="x"), encoding="utf-8")
    return folder


def test_problems_of_a_folder_come_in_natural_order_and_once(zoo: Path) -> None:
    found = problems([str(zoo), str(zoo / "9_sum.py"), f"{zoo}/*.py"])
    assert [target.file.name for target in found] == ["9_sum.py", "10_softmax.py"]
    with pytest.raises(TargetNotFound):
        problems([str(zoo / "nowhere*.py")])


def test_each_problem_is_answered_and_answers_are_kept(zoo: Path) -> None:
    (zoo / "broken.py").write_text(BROKEN, encoding="utf-8")
    command = ("batch", str(zoo), "--folder", "answers", "--json", "--no-verify")
    done = kernelagent(*command, cwd=zoo.parent)
    assert done.status == 1, done.stderr
    entries = {Path(e["target"]).name: e for e in done.document["entries"]}
    assert [entries[name]["status"] for name in ("9_sum.py", "10_softmax.py")] == ["unverified", "unverified"]
    assert [entries[name]["family"] for name in ("9_sum.py", "10_softmax.py")] == ["reduction", "softmax"]
    assert entries["broken.py"]["status"] == "failed"
    assert entries["broken.py"]["family"] == NOT_CAPTURED
    assert entries["broken.py"]["reason"].startswith("NoExampleInputs: ")
    for entry in entries.values():
        assert (zoo.parent / "answers" / entry["run_dir"]).is_dir() or entry["status"] == "failed"

    journal = zoo.parent / "answers" / "results.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) == 3
    journal.write_bytes(lines[0] + lines[1] + lines[2][:20])  # as a kill in the middle of a line leaves it
    done = kernelagent(*command, cwd=zoo.parent)
    assert done.stderr.count("[3/3]") == 1
    assert done.stderr.count("/3]") == 1, "the two that were answered are not done again"
    assert len(done.document["entries"]) == 3

    (zoo / "9_sum.py").write_text(GOOD.format(name="Sum", body="x.sum(0)"), encoding="utf-8")
    done = kernelagent(*command, cwd=zoo.parent)
    assert "9_sum.py" in done.stderr
    assert "10_softmax.py" not in done.stderr
    assert all(json.loads(line) for line in journal.read_bytes().splitlines() if line.endswith(b"}"))


def test_a_batch_of_one_is_verified_and_says_so_for_people(zoo: Path) -> None:
    done = kernelagent("batch", f"{zoo}/10*.py", cwd=zoo.parent)
    assert done.status == 0, done.stderr
    assert "softmax" in done.stdout
    assert "Not verified" not in done.stdout
    assert (zoo.parent / ".fuse" / "batch" / "results.jsonl").is_file()


@pytest.mark.parametrize(
    ("operators", "family"),
    [
        (["aten.convolution.default", "aten.relu.default"], "convolution"),
        (["aten.matmul.default", "aten.softmax.int", "aten.matmul.default"], "attention"),
        (["aten.linear.default", "aten.softmax.int"], "product of matrices"),
        (["aten.mul.Tensor"], "pointwise"),
        ([], NOT_CAPTURED),
    ],
)
def test_families(operators: list[str], family: str) -> None:
    assert family_of(operators) == family


def test_a_batch_sends_nothing_that_was_not_agreed_to(zoo: Path) -> None:
    with playing(lambda seen, turn: Say("I would rather talk."), ABROAD) as server:
        given = {"LLM_RELAY_URL": server.url, "XDG_CONFIG_HOME": str(zoo.parent / "config")}
        command = ("batch", str(zoo / "9_sum.py"), "--provider", "relay", "--model", "m", "--workers", "1", "--json")
        limits = ("--max-iters", "1", "--route", "direct", "--no-fallback")
        refused = kernelagent(*command, *limits, cwd=zoo.parent, **given)
        assert refused.status == 2
        assert refused.document["error"]["code"] == "ConsentNeeded"
        assert ABROAD in refused.document["error"]["message"]
        assert not server.seen
        agreed = kernelagent(*command, *limits, "--yes", cwd=zoo.parent, **given)
        assert agreed.status == 1
        assert len(server.seen) == 1
        again = kernelagent(*command, *limits, "--retry", cwd=zoo.parent, **given)
        assert again.status == 2, "--yes was for one command"
        assert len(server.seen) == 1
