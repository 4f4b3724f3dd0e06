"""What is spent is told while a model answers, and what a budget of seconds ended in."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from doors import KEY
from kernelagent.cli.progress import describe
from kernelagent.contract.events import CostChanged, CostRising, Event
from kernelagent.contract.options import Options
from kernelagent.driver.agents.author import Author
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.providers.catalogue import Model
from kernelagent.driver.providers.usage import Usage
from kernelagent.driver.run import Run
from kernelagent.driver.run_directory import create_run_directory
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernels import MODULE, RIGHT, said
from model_server import Say, playing

TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\nusd-input = 2.0\nusd-output = 8.0\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    return tmp_path


def test_tokens_are_told_while_an_answer_streams(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr("kernelagent.driver.providers.hearing.NOTES_EVERY_S", 0.1)
    events: list[Event] = []
    with playing(lambda seen, turn: Say(said(RIGHT), pause_s=0.2)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(
            provider="openai", model="m", yes=True, workers=1, max_iters=1, until="dispatch", verify=False
        )
        result = fuse(Target(project / "model.py", "Block"), options, pool=pool, on_event=events.append)
    assert result.error is None, result.error
    answered = next(place for place, event in enumerate(events) if isinstance(event, CostChanged))
    rising = [event for event in events[:answered] if isinstance(event, CostRising)]
    assert len({event.output_tokens for event in rising}) > 2
    assert [event.output_tokens for event in rising] == sorted(event.output_tokens for event in rising)
    assert rising[-1].usd > rising[0].usd > 0
    assert all(describe(event) is None for event in rising), "lines of a log are not made once a second"


def test_a_budget_that_ends_while_the_module_is_read_says_so(project: Path, pool: WorkerPool) -> None:
    options = Options(provider="builtin", budget_seconds=0.001)
    result = fuse(Target(project / "model.py", "Block"), options, pool=pool)
    assert result.error is not None
    assert result.error.code == "TimedOut"
    assert "PyTorch was still being imported, or the module read" in result.error.hint
    assert "example inputs" not in result.error.hint


def test_the_cost_never_goes_back(project: Path, tmp_path: Path, pool: WorkerPool) -> None:
    """Answers that end together: what each thread tells was not overtaken by a later figure."""
    account = Account(None)
    author = SimpleNamespace(account=account, memory="none")
    events: list[Event] = []
    started = threading.Barrier(8)

    def tell(event: Event) -> None:
        time.sleep(0.001)
        events.append(event)

    folder, lock = create_run_directory(project / "model.py", "Block", str(tmp_path / "run"))
    run = Run(folder, Options(), pool, CancelToken(), tell, cast(Author, author), lock)
    model = Model("m", "openai", "chat", usd_input=2.0, usd_output=8.0)

    def answers() -> None:
        started.wait()
        for _ in range(10):
            account.spend(model, Usage(input_tokens=10, output_tokens=5))

    threads = [threading.Thread(target=answers) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.close()
    told = [event.input_tokens for event in events if isinstance(event, CostChanged)]
    assert len(told) == 80
    assert told == sorted(told)
    assert told[-1] == 800
