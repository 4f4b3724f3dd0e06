"""``--optimize``: the race goes on after the first verified kernel, and the fastest verified one wins."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from doors import KEY
from kernelagent.contract.codec import to_json
from kernelagent.contract.events import CostChanged, Event, StageFinished
from kernelagent.contract.options import Options
from kernelagent.contract.result import Result
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.stories import stories
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernelagent_lsp.jobs.reporting import of_result
from kernels import MODULE, RIGHT, WRONG_VALUES, said
from model_server import Act, Say, Status, playing
from pieces_of_net import MODE_SUB, NET

IN_TWO = RIGHT.replace("tl.where(product <= 0, 0.0, product)", "product").replace(
    "    return out\n",
    "        positive[(rows,)](out, columns, BLOCK=block)\n    return out\n",
)
IN_TWO = IN_TWO.replace(
    "def kernel_function",
    "@triton.jit\ndef positive(out, columns, BLOCK: tl.constexpr):\n"
    "    index = tl.arange(0, BLOCK)\n    place = out + tl.program_id(0) * columns + index\n"
    "    value = tl.load(place, mask=index < columns, other=0.0)\n"
    "    tl.store(place, tl.where(value <= 0, 0.0, value), mask=index < columns)\n\n\ndef kernel_function",
)


def run(
    folder: Path, pool: WorkerPool, replies: list[dict[str, object]], **given: object
) -> tuple[Result, list[Event]]:
    (folder / "model.py").write_text(MODULE, encoding="utf-8")
    (folder / "script.json").write_text(json.dumps({"replies": replies}), encoding="utf-8")
    options = {"provider": "scripted", "model": str(folder / "script.json"), "workers": 1, "optimize": True}
    events: list[Event] = []
    result = fuse(
        Target(folder / "model.py", "Block"),
        Options(**{**options, "run_dir": str(folder / "run"), **given}),  # type: ignore[arg-type]
        pool=pool,
        on_event=events.append,
    )
    return result, events


@pytest.mark.parametrize("order", [(IN_TWO, RIGHT, WRONG_VALUES), (RIGHT, WRONG_VALUES, IN_TWO)], ids=["last", "first"])
def test_the_fastest_verified_one_wins(order: tuple[str, ...], tmp_path: Path, pool: WorkerPool) -> None:
    result, events = run(tmp_path, pool, [{"text": said(code)} for code in order], max_iters=3)
    assert result.status == "verified", result.error
    assert (tmp_path / "run/compose_out/composed_kernel.py").read_text(encoding="utf-8") == RIGHT
    second = (tmp_path / "run").rglob("attempt_2/prompt.md")
    assert "The judge accepts this file. It is the fastest so far" in next(second).read_text(encoding="utf-8")
    costs = [event for event in events if isinstance(event, CostChanged)]
    assert len(costs) == 3
    assert costs[-1].output_tokens == result.cost.output_tokens
    assert to_json(costs[-1])["kind"] == "cost_changed"


def test_the_budget_ends_the_race_and_the_best_is_kept(tmp_path: Path, pool: WorkerPool) -> None:
    started = time.monotonic()
    replies: list[dict[str, object]] = [{"text": said(RIGHT)}, {"text": "slow", "delay_s": 500}]
    result, _ = run(tmp_path, pool, replies, max_iters=50, budget_seconds=40.0)
    assert result.status == "verified", result.error
    assert time.monotonic() - started < 60


def test_every_attempt_has_its_story(tmp_path: Path, pool: WorkerPool) -> None:
    replies: list[dict[str, object]] = [{"text": "prose"}, {"text": said(WRONG_VALUES)}, {"text": said(RIGHT)}]
    result, _ = run(tmp_path, pool, replies, optimize=False)
    assert result.status == "verified"
    told = stories(tmp_path / "run")
    assert [attempt.place.rpartition("/")[2] for attempt in told] == ["attempt_1", "attempt_2", "attempt_3"]
    assert [attempt.accepted for attempt in told] == [False, False, True]
    assert "no code block" in told[0].told
    assert "values" in told[1].told
    report = of_result(result)
    assert "## Attempts of models" in report
    assert "worker_1/attempt_3 | accepted" in report


def test_what_a_piece_has_already_is_to_be_beaten(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model writes the piece that needs it, and nothing faster for the others: the built-in's kernels stay."""
    (tmp_path / "model.py").write_text(NET, encoding="utf-8")
    with playing(
        lambda seen, turn: Say(said(MODE_SUB) if "Sg1Mode" in seen.text else "I know nothing better.")
    ) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(route="fuser", optimize=True, workers=1, max_iters=1, run_dir=str(tmp_path / "run"))
        result = fuse(Target(tmp_path / "model.py", "Net"), options, pool=pool)
        assert result.status == "verified", result.error
        assert len(server.seen) > 1
        assert any("to beat" in seen.text for seen in server.seen)
    assert {s.synthesizer for s in result.subgraphs} == {"builtin", "openai"}


def test_the_first_one_wins_without(tmp_path: Path, pool: WorkerPool) -> None:
    replies: list[dict[str, object]] = [{"text": said(IN_TWO)}, {"text": said(RIGHT)}]
    result, _ = run(tmp_path, pool, replies, optimize=False)
    assert result.status == "verified", result.error
    assert (tmp_path / "run/compose_out/composed_kernel.py").read_text(encoding="utf-8") == IN_TWO


@pytest.mark.parametrize("act", [Say(said(IN_TWO)), Status(401, "no")], ids=["a slower one", "a key that is refused"])
def test_a_whole_module_of_the_built_in_is_to_be_beaten(
    act: Act, tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.py").write_text(MODULE, encoding="utf-8")
    events: list[Event] = []
    with playing(lambda seen, turn: act) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(optimize=True, workers=1, max_iters=1, run_dir=str(tmp_path / "run"))
        result = fuse(Target(tmp_path / "model.py", "Block"), options, pool=pool, on_event=events.append)
        assert len(server.seen) == 1
        assert "to beat" in server.seen[0].text
    assert result.status == "verified", result.error
    assert {s.synthesizer for s in result.subgraphs} == {"builtin"}
    told = [event.message for event in events if isinstance(event, StageFinished) and event.stage == "compose"]
    assert any("The kernel stays: nothing verified is faster" in message for message in told), told
    composed = (tmp_path / "run/compose_out/composed_kernel.py").read_text(encoding="utf-8")
    assert composed != IN_TWO
