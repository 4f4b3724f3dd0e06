"""Several answers to one prompt: judged in turn, paid for once, and the same when they are read again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from command_line import kernelagent
from doors import KEY, TORN
from kernelagent.contract.codec import from_json
from kernelagent.contract.options import Options
from kernelagent.contract.result import Result
from kernelagent.driver.again import find_run, replay, resume
from kernelagent.driver.agents.conversation import Record, _kept
from kernelagent.driver.agents.winner import Winner, place_of
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.stories import stories
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernels import FALLS_BACK, MODULE, NOT_PYTHON, RIGHT, WRONG_VALUES, said
from model_server import (
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    Act,
    Hang,
    ModelServer,
    Say,
    Seen,
    Status,
    chat,
    playing,
    several,
    words,
)

ROOT = Path(__file__).resolve().parents[2]
TABLE = '[tool.kernelagent.models."m"]\nprovider = "{}"\napi = "{}"\nusd-input = 2.0\nusd-output = 8.0\n'
DOORS = {"chat": ("openai", "chat"), "responses": ("openai", "responses"), "messages": ("anthropic", "messages")}


class Answers:
    """Each prompt gets the next of ``rounds``, whose texts are its samples: in one stream where the request asks for
    ``n``, else one for each stream in the order in which these come."""

    def __init__(self, *rounds: tuple[str, ...]) -> None:
        self._rounds = rounds
        self._given: dict[str, int] = {}
        self._lock = threading.Lock()

    def __call__(self, seen: Seen, turn: int) -> Act:
        asked = json.dumps(seen.body.get("messages") or seen.body.get("input"))
        with self._lock:
            place = list(self._given).index(asked) if asked in self._given else len(self._given)
            number = self._given.get(asked, 0)
            self._given[asked] = number + 1
        texts = self._rounds[min(place, len(self._rounds) - 1)]
        return several(*texts) if "n" in seen.body else Say(texts[number % len(texts)])


def project(folder: Path, door: str, server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    (folder / "model.py").write_text(MODULE, encoding="utf-8")
    (folder / "pyproject.toml").write_text(TABLE.format(*DOORS[door]), encoding="utf-8")
    for name, value in addresses(server.url).items():
        monkeypatch.setenv(name, value)
    return folder


def addresses(url: str) -> dict[str, str]:
    return {
        **{"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{url}/v1"},
        **{"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": url},
    }


def run(folder: Path, door: str, pool: WorkerPool, **given: Any) -> Result:
    limits = {"workers": 1, "max_iters": 1, "samples": 2, "route": "direct", "run_dir": str(folder / "run"), **given}
    return fuse(Target(folder / "model.py", "Block"), Options(provider=DOORS[door][0], model="m", **limits), pool=pool)  # type: ignore[arg-type]


def attempt(folder: Path, number: int = 1) -> Path:
    (found,) = (folder / "run" / "kernels_out").rglob(f"attempt_{number}")
    return found


def last_turns(seen: Seen) -> str:
    return json.dumps((seen.body.get("messages") or seen.body.get("input"))[-2:])


@pytest.mark.parametrize("door", DOORS)
def test_the_second_sample_wins_where_the_first_is_wrong(
    door: str, tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The streams of one prompt may come in any order: both of them are wrong in turn."""
    with playing(Answers((said(NOT_PYTHON), said(RIGHT)))) as server:
        result = run(project(tmp_path, door, server, monkeypatch), door, pool)
    assert result.status == "verified", result.error
    if door == "chat":
        assert [seen.body["n"] for seen in server.seen] == [2]
    else:
        assert len(server.seen) == 2
        assert server.seen[0].body == server.seen[1].body
    streams = len(server.seen)
    assert result.cost.output_tokens == 2 * OUTPUT_TOKENS, "all samples are paid for"
    assert result.cost.input_tokens == streams * INPUT_TOKENS
    here = attempt(tmp_path)
    record = from_json(Record, json.loads((here / "reply.json").read_text(encoding="utf-8")))
    assert sorted(one.text for one in record.samples) == sorted((said(NOT_PYTHON), said(RIGHT)))
    winner = (
        Path(result.artifacts["run_dir"])
        / json.loads((tmp_path / "run" / "kernels_out" / "summary.json").read_text(encoding="utf-8"))["kernels"][
            result.subgraphs[0].id
        ]
    )
    was_second = record.said.text != said(RIGHT)
    assert winner == (here / "sample_2" / "kernel.py" if was_second else here / "kernel.py")
    assert (here / "sample_2" / "reply.md").is_file()
    told = {Path(one.place).name: one for one in stories(tmp_path / "run")}
    assert told["sample_2"].accepted is was_second
    assert told["sample_2" if not was_second else "attempt_1"].told.startswith(
        "The file is not valid Python" if was_second else "answered, and ended before it was judged"
    )


@pytest.mark.parametrize(
    ("samples", "furthest"),
    [
        ((said(NOT_PYTHON), said(WRONG_VALUES)), WRONG_VALUES),
        ((said(WRONG_VALUES), "Just words."), WRONG_VALUES),
        (("Just words.", said(NOT_PYTHON)), NOT_PYTHON),
        ((said(RIGHT.replace("tl.load(x", "tl.lode(x")), said(WRONG_VALUES)), WRONG_VALUES),
        ((said(WRONG_VALUES), said("# again\n" + WRONG_VALUES)), WRONG_VALUES),
        ((said(NOT_PYTHON), said("# again\n" + NOT_PYTHON)), NOT_PYTHON),
    ],
    ids=["judged, not Python", "judged, words", "a file, words", "more checks", "the earlier", "the earlier file"],
)
def test_the_next_prompt_shows_the_one_that_got_furthest(
    samples: tuple[str, ...], furthest: str, tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with playing(Answers(samples, (said(RIGHT), "Just words."))) as server:
        result = run(project(tmp_path, "chat", server, monkeypatch), "chat", pool, max_iters=2)
    assert result.status == "verified", result.error
    assert len(server.seen) == 2
    answer, told = server.seen[1].body["messages"][-2:]
    assert answer["content"] == f"```python\n{furthest.rstrip()}\n```"
    assert ("judge does not accept" in told["content"]) == (furthest == WRONG_VALUES)
    assert place_of(attempt(tmp_path, 2) / "kernel.py", attempt(tmp_path).parents[1]) == Winner(1, 2, 1)


def test_with_optimize_each_verified_sample_competes(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = RIGHT.replace("    return out\n", "        scaled_relu[(rows,)](*again)\n    return out\n").replace(
        "        scaled_relu[(rows,)](x, ",
        "        again = (x, weight, out, columns, x.stride(0), x.stride(1), weight.stride(0), block)\n"
        "        scaled_relu[(rows,)](x, ",
    )
    with playing(Answers((said(twice), said(RIGHT), said(FALLS_BACK)))) as server:
        given: dict[str, Any] = {"optimize": True, "samples": 3, "max_iters": 2}
        result = run(project(tmp_path, "chat", server, monkeypatch), "chat", pool, **given)
    assert result.status == "verified", result.error
    assert len(server.seen) == 2
    assert "judge accepts this file" in last_turns(server.seen[1])
    accepted = {Path(one.place).name for one in stories(tmp_path / "run") if one.accepted}
    assert {"attempt_1", "sample_2"} <= accepted


@pytest.mark.parametrize("door", ["chat", pytest.param("messages", marks=pytest.mark.whole)])
def test_read_again_they_give_the_same_winner_and_cost_nothing(
    door: str, tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = (said(WRONG_VALUES), said(NOT_PYTHON)), (said(FALLS_BACK), said("# second\n" + RIGHT))
    with playing(Answers(*rounds)) as server:
        result = run(project(tmp_path, door, server, monkeypatch), door, pool, max_iters=2)
        assert result.status == "verified", result.error
        asked, kernel = len(server.seen), (tmp_path / "run" / "compose_out" / "composed_kernel.py").read_bytes()
        shutil.copytree(tmp_path / "run", tmp_path / "kept")
        (tmp_path / "run" / "result.json").unlink()
        again = resume(find_run(tmp_path, str(tmp_path / "run")), pool=pool)
        monkeypatch.setattr("kernelagent.driver.run.HEARTBEAT_S", 0.2)
        replayed = replay(find_run(tmp_path, str(tmp_path / "run")), pool=pool)
        assert len(server.seen) == asked, "nobody was asked"
    for one in (again, replayed):
        assert one.status == "verified", one.error
        folder = Path(one.artifacts["run_dir"])
        assert (folder / "compose_out" / "composed_kernel.py").read_bytes() == kernel
        assert (one.cost.input_tokens, one.cost.output_tokens) == (result.cost.input_tokens, result.cost.output_tokens)
    (winner,) = (tmp_path / "run" / "kernels_out").rglob("winner.json")
    assert json.loads(winner.read_text(encoding="utf-8"))["attempt"] == 2
    events = (Path(replayed.artifacts["run_dir"]) / "events.jsonl").read_text(encoding="utf-8").splitlines()
    paid = [event["usd"] for event in map(json.loads, events) if event["kind"] == "heartbeat"]
    assert paid and not any(paid), "a replay pays nothing, and its heart says so"


def killed_once_there_is(record: str, door: str, folder: Path) -> dict[str, str]:
    """A run of two samples that is killed once there is such a file; the environment that it had."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("pipeline", "server"))}
    command = [sys.executable, "-m", "kernelagent.cli", "fuse", "model.py::Block", "--provider", DOORS[door][0]]
    command += ["--model", "m", "--workers", "1", "--samples", "2", "--run-dir", ".fuse/20310102-one"]
    going = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while going.poll() is None and time.monotonic() < deadline:
        if any(record in files for _, _, files in os.walk(folder / ".fuse")):
            os.kill(going.pid, signal.SIGKILL)
            break
        time.sleep(0.005)
    assert going.wait() == -signal.SIGKILL
    return environment


def test_killed_after_the_first_prompt_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers((said(WRONG_VALUES), said(NOT_PYTHON)), (said(FALLS_BACK), said(RIGHT)))
    with playing(answers) as server:
        project(tmp_path, "chat", server, monkeypatch)
        environment = killed_once_there_is("reply.json", "chat", tmp_path)
        done = kernelagent("runs", "resume", "20310102", "--json", cwd=tmp_path, **environment)
        result = json.loads(done.stdout)
    assert result["status"] == "verified", result
    assert len(server.seen) == 2, "each prompt was paid for once"
    assert result["cost"]["output_tokens"] == 4 * OUTPUT_TOKENS


@pytest.mark.parametrize("door", [pytest.param(d, marks=[] if d == "chat" else [pytest.mark.whole]) for d in DOORS])
def test_killed_between_two_samples_it_asks_for_the_other(
    door: str, tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is right, and holds the key: it must not be written down, nor win."""
    first = said(f"# {KEY}\n{RIGHT}")

    def act(seen: Seen, turn: int) -> Act:
        if turn == 0 and door == "chat":
            return Hang(chat(words(first, "stop"), words_of(1, "I would begin"), ending="").body)
        return (Say(first), Hang(": accepted\n\n"), Say(said(RIGHT)))[min(turn + (door == "chat"), 2)]

    with playing(act) as server:
        project(tmp_path, door, server, monkeypatch)
        environment = killed_once_there_is("samples.json", door, tmp_path)
        run_dir = tmp_path / ".fuse" / "20310102-one"
        (kept,) = run_dir.rglob("samples.json")
        assert KEY not in kept.read_text(encoding="utf-8")
        shutil.copytree(run_dir, tmp_path / ".fuse" / "20310103-cut")
        asked = len(server.seen)
        done = kernelagent("runs", "resume", "20310102", "--json", cwd=tmp_path, **environment)
        result = json.loads(done.stdout)
        assert result["status"] == "verified", result
        assert len(server.seen) == asked + 1
        assert "n" not in server.seen[-1].body
        replayed = replay(find_run(tmp_path / ".fuse", "20310102"), pool=pool)
        cut = replay(find_run(tmp_path / ".fuse", "20310103"), pool=pool)
        assert len(server.seen) == asked + 1, "a replay asks nobody"
    assert not kept.exists()
    record = from_json(Record, json.loads((kept.parent / "reply.json").read_text(encoding="utf-8")))
    assert [one.clean for one in record.samples] == [False, True]
    assert (kept.parent / "sample_2" / "kernel.py").is_file()
    assert replayed.status == "verified", replayed.error
    assert replayed.cost.output_tokens == record.usage.output_tokens > OUTPUT_TOKENS
    assert result["cost"]["output_tokens"] >= record.usage.output_tokens
    assert cut.error is not None
    assert cut.error.code in ("NotRecorded", "NoVerifiedKernel")
    assert 0 < cut.cost.output_tokens < record.usage.output_tokens
    for file in (tmp_path / ".fuse").rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file


def words_of(index: int, text: str) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": {"content": text}, "finish_reason": None}]}


def test_fewer_than_asked_are_told_and_judged(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernelagent.driver.providers.asking.FIRST_WAIT_S", 0.01)
    with playing(lambda seen, turn: Say(said(RIGHT)) if turn == 0 else Status(500, f"oops {KEY}")) as server:
        result = run(project(tmp_path, "messages", server, monkeypatch), "messages", pool)
    assert result.status == "verified", result.error
    assert result.cost.output_tokens == OUTPUT_TOKENS
    told = (tmp_path / "run" / "events.jsonl").read_text(encoding="utf-8")
    assert "worker 1, attempt 1: 1 of 2 answers came: anthropic failed with status 500: oops" in told
    assert KEY not in told


@pytest.mark.parametrize("torn", TORN, ids=range(len(TORN)))
def test_a_torn_record_of_samples_was_never_an_answer(torn: bytes, tmp_path: Path) -> None:
    (tmp_path / "samples.json").write_bytes(torn)
    assert _kept(tmp_path / "samples.json").parts == ()


def test_a_record_of_an_older_run_is_read() -> None:
    usage = {"input_tokens": 1, "cached_tokens": 0, "output_tokens": 1}
    old = {
        **{"said": {"text": "x", "finish": "stop"}, "usage": usage, "model": "m"},
        **{"seconds": 1.0, "attempts": 1, "request_sha256": "0"},
    }
    assert [one.text for one in from_json(Record, old).samples] == ["x"]
