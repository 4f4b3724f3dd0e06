"""``batch``: each problem has its answer, a killed batch goes on, and only what has changed is done again."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from command_line import COMMAND, environment
from doors import TORN
from kernelagent.driver.batch.family import ELSEWHERE, NOT_CAPTURED, family_of
from kernelagent.driver.batch.problems import problems
from kernelagent.driver.run_lock import RunLock
from kernelagent.errors import TargetNotFound
from model_server import ABROAD, Act, Say, Status, playing
from warm_command_line import Warm

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


@pytest.mark.whole
def test_a_batch_that_is_refused_leaves_the_other_its_folder(zoo: Path, warm: Warm) -> None:
    """The other one is killed later, say, and given again: its replies are its own still."""
    command = ("batch", str(zoo / "9_sum.py"), "--folder", "answers", "--json", "--no-verify")
    done = warm(*command, cwd=zoo.parent)
    (entry,) = done.document["entries"]
    folder = zoo.parent / "answers"
    key = folder / f"{entry['run_dir']}.key"
    begun = key.read_text()
    lock = RunLock(folder / entry["run_dir"])
    try:
        done = warm(*command, "--fp32", "ieee", cwd=zoo.parent)
        (refused,) = done.document["entries"]
        assert "still going" in refused["reason"]
        assert refused["family"] == ELSEWHERE, "nothing is said of the module"
        assert key.read_text() == begun
    finally:
        lock.release()
    assert warm(*command, "--fp32", "ieee", cwd=zoo.parent).document["entries"][0]["status"] == "unverified"
    assert key.read_text() != begun


def test_the_same_batch_twice_at_once_shares_the_work(zoo: Path) -> None:
    for number in range(3):
        (zoo / f"more_{number}.py").write_text(GOOD.format(name="More", body=f"x + {number}.0"), encoding="utf-8")
    command = (*COMMAND, "batch", str(zoo), "--folder", "answers", "--json", "--no-verify", "--jobs", "2")
    both = [
        subprocess.Popen(
            command,
            cwd=zoo.parent,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=300) for process in both]
    for process, (printed, told) in zip(both, said, strict=True):
        entries = json.loads(printed)["entries"]
        assert [entry["status"] for entry in entries] == ["unverified"] * 5, told
        assert "still going" not in json.dumps(entries)
        assert process.returncode == 1, "not judged, as asked"
    lines = (zoo.parent / "answers" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 10, "not everything was done twice"


def test_a_problem_in_the_hands_of_another_process_is_waited_for(zoo: Path, warm: Warm) -> None:
    """Until that has an answer, or ends without one."""
    command = ("batch", str(zoo / "9_sum.py"), "--folder", "answers", "--json", "--no-verify")
    (entry,) = warm(*command, cwd=zoo.parent).document["entries"]
    folder = zoo.parent / "answers"
    journal = folder / "results.jsonl"
    line = journal.read_bytes()
    for answer in (line, b""):
        journal.unlink()
        lock = RunLock(folder / entry["run_dir"])
        process = subprocess.Popen(
            [*COMMAND, *command],
            cwd=zoo.parent,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        assert process.stdout is not None
        told = process.stderr.readline()
        assert f"Another process does the same: the run in {folder / entry['run_dir']} is still going" in told
        assert f"(process {os.getpid()})" in told
        if answer:
            journal.write_bytes(answer)
        lock.release()
        (found,) = json.loads(process.stdout.read())["entries"]
        process.communicate()
        assert found["status"] == "unverified"
        assert (found["elapsed_s"] == entry["elapsed_s"]) is bool(answer), "taken, or else done here"


def test_problems_of_a_folder_come_in_natural_order_and_once(zoo: Path) -> None:
    found = problems([str(zoo), str(zoo / "9_sum.py"), f"{zoo}/*.py"])
    assert [asked.target.file.name for asked in found] == ["9_sum.py", "10_softmax.py"]
    with pytest.raises(TargetNotFound):
        problems([str(zoo / "nowhere*.py")])


def test_each_problem_is_answered_and_answers_are_kept(zoo: Path, warm: Warm) -> None:
    (zoo / "broken.py").write_text(BROKEN, encoding="utf-8")
    command = ("batch", str(zoo), "--folder", "answers", "--json", "--no-verify")
    done = warm(*command, cwd=zoo.parent)
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
    torn = b"".join(line + b"\n" for line in TORN)
    journal.write_bytes(lines[0] + torn + lines[1] + lines[2][:20])  # as a kill in the middle of a line leaves it
    done = warm(*command, cwd=zoo.parent)
    assert done.stderr.count("[3/3]") == 1
    assert done.stderr.count("/3]") == 1, "the two that were answered are not done again"
    assert len(done.document["entries"]) == 3

    (zoo / "9_sum.py").write_text(GOOD.format(name="Sum", body="x.sum(0)"), encoding="utf-8")
    done = warm(*command, cwd=zoo.parent)
    assert "9_sum.py" in done.stderr
    assert "10_softmax.py" not in done.stderr
    written = journal.read_bytes().replace(torn, b"")
    assert all(json.loads(line) for line in written.splitlines() if line.endswith(b"}"))


def test_a_batch_of_one_is_verified_and_says_so_for_people(zoo: Path, warm: Warm) -> None:
    done = warm("batch", f"{zoo}/10*.py", cwd=zoo.parent)
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


def test_a_batch_sends_nothing_that_was_not_agreed_to(zoo: Path, warm: Warm) -> None:
    with playing(lambda seen, turn: Say("I would rather talk."), ABROAD) as server:
        given = {"LLM_RELAY_URL": server.url, "XDG_CONFIG_HOME": str(zoo.parent / "config")}
        command = ("batch", str(zoo / "9_sum.py"), "--provider", "relay", "--model", "m", "--workers", "1", "--json")
        limits = ("--max-iters", "1", "--route", "direct", "--no-fallback")
        refused = warm(*command, *limits, cwd=zoo.parent, **given)
        assert refused.status == 2
        assert refused.document["error"]["code"] == "ConsentNeeded"
        assert ABROAD in refused.document["error"]["message"]
        assert not server.seen
        agreed = warm(*command, *limits, "--yes", cwd=zoo.parent, **given)
        assert agreed.status == 1
        assert len(server.seen) == 1
        again = warm(*command, *limits, "--retry", cwd=zoo.parent, **given)
        assert again.status == 2, "--yes was for one command"
        assert len(server.seen) == 1


HELPED = GOOD.replace("import torch\n", "import torch\nfrom acts import act\n", 1)
SCALED = """
import torch
import triton
import triton.language as tl


@triton.jit
def scaled(x, out, count, BLOCK: tl.constexpr):
    place = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = place < count
    tl.store(out + place, tl.load(x + place, mask=inside, other=0.0) * 2.0, mask=inside)


def kernel_function(x):
    given = x.contiguous()
    out = torch.empty(given.shape, dtype=given.dtype, device=given.device)
    if given.numel():
        scaled[(triton.cdiv(given.numel(), 64),)](given, out, given.numel(), BLOCK=64)
    return out


class {name}Triton(torch.nn.Module):
    def forward(self, x):
        return kernel_function(x)
"""
PRICED = (
    '[tool.kernelagent.models."m"]\nprovider = "relay"\nusd-input = 2.0\nusd-output = 8.0\nmax-output-tokens = 4096\n'
)
MODEL = ("--provider", "relay", "--model", "m", "--workers", "1", "--max-iters", "1", "--route", "direct")


def test_an_answer_hangs_on_what_the_module_imports_reads_and_on_its_kernel(zoo: Path, warm: Warm) -> None:
    for file in zoo.glob("*.py"):
        file.unlink()
    (zoo / "acts.py").write_text("def act(x):\n    return x * 2\n", encoding="utf-8")
    (zoo / "table.txt").write_text("3", encoding="utf-8")
    (zoo / "helped.py").write_text(HELPED.format(name="Helped", body="act(x)"), encoding="utf-8")
    read = "x * float(open(__file__[:-9] + 'table.txt').read())"
    (zoo / "reader.py").write_text(GOOD.format(name="Reader", body=read), encoding="utf-8")
    command = ("batch", str(zoo), "--json", "--no-verify")

    def done_again() -> set[str]:
        done = warm(*command, cwd=zoo.parent)
        assert {entry["status"] for entry in done.document["entries"]} == {"unverified"}, done.stderr
        return {name for name in ("helped.py", "reader.py") if name in done.stderr}

    assert warm(*command, cwd=zoo.parent).document["problems"] == 2
    assert done_again() == set()
    (zoo / "acts.py").write_text("def act(x):\n    return x * 4\n", encoding="utf-8")
    assert done_again() == {"helped.py"}
    (zoo / "table.txt").write_text("4", encoding="utf-8")
    assert done_again() == {"reader.py"}
    (kernel,) = (zoo.parent / ".fuse" / "batch").glob("helped-*/compose_out/composed_kernel.py")
    kernel.write_text(kernel.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
    assert done_again() == {"helped.py"}
    journal = zoo.parent / ".fuse" / "batch" / "results.jsonl"
    journal.write_text(journal.read_text(encoding="utf-8").replace('"unverified"', '"verified"'), encoding="utf-8")
    assert done_again() == {"helped.py", "reader.py"}, "nobody else's word counts"


def test_why_it_raises_may_lie_in_what_it_imports(zoo: Path, warm: Warm) -> None:
    for file in zoo.glob("*.py"):
        file.unlink()
    acts = zoo / "acts.py"
    acts.write_text('def act(x):\n    raise ValueError("not today")\n', encoding="utf-8")
    (zoo / "helped.py").write_text(HELPED.format(name="Helped", body="act(x)"), encoding="utf-8")
    command = ("batch", str(zoo), "--json", "--no-verify")

    def answer() -> tuple[str, bool]:
        done = warm(*command, cwd=zoo.parent)
        (entry,) = done.document["entries"]
        return entry["status"], "[1/1]" in done.stderr

    assert [answer(), answer()] == [("failed", True), ("failed", False)]
    acts.write_text("def act(x):\n    return x * 2\n", encoding="utf-8")
    assert answer() == ("unverified", True)


def test_what_is_no_answer_is_tried_again_and_nothing_is_paid_twice(zoo: Path, warm: Warm) -> None:
    (zoo / "10_softmax.py").unlink()
    (zoo / "9_sum.py").write_text(GOOD.format(name="Sum", body="x * 2"), encoding="utf-8")
    (zoo.parent / "pyproject.toml").write_text(PRICED, encoding="utf-8")
    acts: list[Act] = [Status(401, "no such key"), Say("```python" + SCALED.format(name="Sum") + "```")]
    with playing(lambda seen, turn: acts[min(turn, 1)]) as server:
        command = ("batch", str(zoo), *MODEL, "--json")
        refused = warm(*command, cwd=zoo.parent, LLM_RELAY_URL=server.url)
        assert refused.document["entries"][0]["reason"].startswith("KeyRejected")
        done = warm(*command, cwd=zoo.parent, LLM_RELAY_URL=server.url)
        assert done.status == 0, done.stderr
        assert len(server.seen) == 2
        cost = {"input_tokens": 1000, "output_tokens": 500, "usd": 0.006, "estimated": False, "recorded": False}
        assert (done.document["cost"], done.document["spent"]) == (cost, cost)
        again = warm(*command, "--budget-usd", "7", cwd=zoo.parent, LLM_RELAY_URL=server.url)
        assert (again.document["cost"]["usd"], again.document["spent"]["usd"]) == (0.006, 0.0)
        (journal,) = (zoo.parent / ".fuse" / "batch").glob("results.jsonl")
        journal.unlink()  # as a kill before the answer was written leaves it
        once_more = warm(*command, cwd=zoo.parent, LLM_RELAY_URL=server.url)
        assert once_more.status == 0, once_more.stderr
        assert len(server.seen) == 2, "the reply was paid for"
        assert (once_more.document["cost"]["usd"], once_more.document["spent"]["usd"]) == (0.006, 0.0)


def test_the_money_is_the_batchs(zoo: Path, warm: Warm) -> None:
    for file in zoo.glob("*.py"):
        file.unlink()
    for name in ("One", "Two", "Three"):
        (zoo / f"{name.lower()}.py").write_text(GOOD.format(name=name, body="x * 2"), encoding="utf-8")
    (zoo.parent / "pyproject.toml").write_text(PRICED, encoding="utf-8")
    with playing(lambda seen, turn: Say("I would rather talk.")) as server:
        command = ("batch", str(zoo), *MODEL, "--no-fallback", "--budget-tokens", "8000", "--jobs", "1", "--json")
        done = warm(*command, cwd=zoo.parent, LLM_RELAY_URL=server.url)
    reasons = [entry["reason"].partition(":")[0] for entry in done.document["entries"]]
    assert reasons.count("BudgetSpent") >= 1, reasons
    spent = done.document["spent"]
    assert spent["input_tokens"] + spent["output_tokens"] <= 8000
    assert server.seen
    assert len(server.seen) == 3 - reasons.count("BudgetSpent")
