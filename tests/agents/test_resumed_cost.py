"""What a run has cost before it goes on counts, also where no answer came of it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import COMMAND, environment, kernelagent
from doors import KEY
from kernelagent.contract.options import Options
from kernelagent.contract.result import Cost, Result
from kernelagent.driver.again import find_run, replay, resume
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.providers.ledger import Ledger
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernels import MODULE, RIGHT, said
from model_server import Act, Hang, ModelServer, Say, Seen, playing

TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\nusd-input = 2.0\nusd-output = 8.0\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return tmp_path


def hanging(times: int) -> Callable[[Seen, int], Act]:
    return lambda seen, turn: Hang() if turn < times else Say(said(RIGHT))


def cancelled_while_it_hangs(server: ModelServer, project: Path, pool: WorkerPool, **given: object) -> Result:
    options = Options(provider="openai", model="m", workers=1, run_dir=str(project / "run"), **given)  # type: ignore[arg-type]
    cancel, before = CancelToken(), len(server.seen)

    def stop_when_asked(event: object) -> None:
        if len(server.seen) > before:
            cancel.cancel()

    if (project / "run" / "run.json").exists():
        past = find_run(project, str(project / "run"))
        return resume(past, pool=pool, on_event=stop_when_asked, cancel=cancel)
    return fuse(Target(project / "model.py", "Block"), options, pool=pool, on_event=stop_when_asked, cancel=cancel)


def test_cancelled_requests_count_in_the_run_that_goes_on(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with playing(hanging(2)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        first = cancelled_while_it_hangs(server, project, pool)
        assert first.status == "cancelled"
        assert first.cost.input_tokens > 0
        second = cancelled_while_it_hangs(server, project, pool)
        assert second.cost.input_tokens == 2 * first.cost.input_tokens
        past = find_run(project, str(project / "run"))
        last = resume(past, pool=pool)
        assert last.status == "verified", last.error
        assert last.cost == second.cost + Cost(1000, 500, 1000 * 2e-6 + 500 * 8e-6)
        assert last.cost.estimated
        asked = len(server.seen)
        assert resume(past, pool=pool).cost == last.cost, "an answer that is there costs nothing again"
        assert len(server.seen) == asked
        told = replay(past, pool=pool).cost
        assert (told.input_tokens, told.output_tokens) == (1000, 500), "a replay tells what its replies have cost"


def test_what_a_killed_run_had_asked_counts_when_it_goes_on(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is killed in its first answer; the day has room for one request at a time."""
    slow = Say(said(RIGHT) + " " * 40_000, pause_s=0.3, tells_tokens=False)
    with playing(lambda seen, turn: slow if turn == 0 else Say(said(RIGHT))) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(project / "config"))
        own = project / "config" / "kernelagent"
        own.mkdir(parents=True)
        (own / "config.toml").write_text("[budget]\ntokens-per-day = 25000\n", encoding="utf-8")
        given = ("--provider", "openai", "--model", "m", "--route", "direct", "--workers", "1", "--run-dir", "run")
        asks = [*COMMAND, "fuse", "model.py", *given, "--yes"]
        with subprocess.Popen(asks, cwd=project, env=environment(), stdin=subprocess.DEVNULL) as dying:
            before: dict[str, int] = {}
            while not before.get("output_tokens") and dying.poll() is None:
                time.sleep(0.1)
                before = json.loads(_text(project / "run" / "cost.json") or "{}")
            dying.kill()
        before = json.loads(_text(project / "run" / "cost.json"))
        assert before["estimated"]
        began = time.monotonic()
        done = kernelagent("runs", "resume", "run", "--json", cwd=project)
        assert done.document["status"] == "verified", done.stderr
        assert time.monotonic() - began < 60, "it does not wait for one that is dead"
        assert done.document["cost"]["input_tokens"] == before["input_tokens"] + 1000
        assert done.document["cost"]["output_tokens"] == before["output_tokens"] + 500
        assert len(server.seen) == 2
        today = Ledger(own).today()
        assert today.tokens == before["input_tokens"] + before["output_tokens"] + 1500


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_the_budget_of_a_run_that_goes_on(project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    with playing(hanging(1)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        cancelled_while_it_hangs(server, project, pool, budget_tokens=10_000)
        (project / "run" / "cost.json").write_text(json.dumps({"input_tokens": 9_000}), encoding="utf-8")
        past = find_run(project, str(project / "run"))
        stopped = resume(past, pool=pool)
        assert stopped.error is not None
        assert stopped.error.code == "BudgetSpent"
        assert len(server.seen) == 1
        shown = kernelagent("runs", "show", str(project / "run"), cwd=project)
        assert "BudgetSpent" in shown.stderr
        for part in ("model.py::Block", "9000 tokens in", str(project / "run")):
            assert part in shown.stdout
        more = ("--budget-tokens", "1000000", "--json")
        done = kernelagent("runs", "resume", project / "run", *more, cwd=project).document
        assert done["status"] == "verified", done
        assert done["cost"]["input_tokens"] > 9_000


@pytest.mark.parametrize(
    "torn",
    [
        '{"input_tokens": -9000000}',
        '{"usd": NaN}',
        "{",
        *(pytest.param(text, marks=pytest.mark.whole) for text in ('{"usd": 1e999}', '{"usd": -1}', "[]", "")),
    ],
)
def test_a_record_that_cannot_be_gives_nothing_back(
    torn: str, project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with playing(hanging(1)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        cancelled_while_it_hangs(server, project, pool, budget_tokens=1)
        (project / "run" / "cost.json").write_text(torn, encoding="utf-8")
        stopped = resume(find_run(project, str(project / "run")), pool=pool)
        assert stopped.error is not None
        assert stopped.error.code == "BudgetSpent"
        assert stopped.cost == Cost()
        assert not server.seen
