"""Progress as clients need it: at most ten reports a second, growing percentages, one end whatever happens."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from kernelagent.contract.events import (
    STAGES,
    CheckFinished,
    CostChanged,
    CostRising,
    Event,
    Heartbeat,
    StageFinished,
    StageProgress,
    StageStarted,
)
from kernelagent_lsp.jobs.progress import JobProgress, describe, percentage
from kernelagent_lsp.wire.protocol import Protocol

Sent = list[dict[str, Any]]


def started(loop: asyncio.AbstractEventLoop, sent: Sent) -> tuple[JobProgress, Protocol, list[str]]:
    refusals: list[str] = []
    protocol = Protocol({}, lambda body: sent.append(json.loads(body)))
    progress = JobProgress(protocol, loop, "kernelagent-1", "Fusing", lambda: refusals.append("refused"))
    return progress, protocol, refusals


def grant(protocol: Protocol, sent: Sent, **answer: Any) -> None:
    assert sent[0]["method"] == "window/workDoneProgress/create"
    protocol.receive(json.dumps({"jsonrpc": "2.0", "id": sent[0]["id"], **(answer or {"result": None})}).encode())


def values(sent: Sent) -> list[dict[str, Any]]:
    return [message["params"]["value"] for message in sent if message["method"] == "$/progress"]


def test_a_flood_of_events_becomes_few_reports() -> None:
    async def run() -> None:
        sent: Sent = []
        loop = asyncio.get_running_loop()
        progress, protocol, _ = started(loop, sent)
        grant(protocol, sent)
        begun = loop.time()
        for number in range(60):
            progress.report(StageProgress("verify", "case", number % 7, 7))
            await asyncio.sleep(0.01)
        elapsed = loop.time() - begun
        progress.end("done")
        progress.end("again")
        progress.report(StageStarted("verify", "late"))
        await asyncio.sleep(0.3)
        kinds = [value["kind"] for value in values(sent)]
        assert kinds[0] == "begin"
        assert kinds[-1] == "end"
        assert kinds.count("end") == 1
        assert 1 <= kinds.count("report") <= 10 * elapsed + 1
        grown = [value["percentage"] for value in values(sent)[:-1]]
        assert grown == sorted(grown)

    asyncio.run(run())


@pytest.mark.parametrize("early", [True, False])
def test_a_job_that_ends_before_the_client_has_answered(early: bool) -> None:
    async def run() -> None:
        sent: Sent = []
        progress, protocol, _ = started(asyncio.get_running_loop(), sent)
        progress.report(StageStarted("load", "x"))
        if early:
            progress.end("done")
        grant(protocol, sent)
        progress.end("done")
        assert [value["kind"] for value in values(sent)] == ["begin", "end"]

    asyncio.run(run())


def test_a_client_that_refuses_the_token_hears_no_progress() -> None:
    async def run() -> None:
        sent: Sent = []
        progress, protocol, refusals = started(asyncio.get_running_loop(), sent)
        grant(protocol, sent, error={"code": -32600, "message": "no"})
        progress.report(StageStarted("load", "x"))
        progress.end("done")
        assert refusals == ["refused"]
        assert values(sent) == []

    asyncio.run(run())


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (StageStarted("load", "Reading Gate"), "load: Reading Gate"),
        (StageProgress("verify", "case", 2, 7), "verify: case 2/7"),
        (StageProgress("benchmark", "timing eager", 0, 0), "benchmark: timing eager"),
        (CheckFinished("launches", False, "none"), "verify: launches failed"),
        (Heartbeat("dispatch", 5.0, 0.25), "dispatch"),
        (CostRising(100, 50, 0.0006, None), "150 tokens, $0.0006 spent so far"),
        (CostRising(2000, 1000, 0.02, 1.0), "3,000 tokens, $0.02 of $1 spent so far"),
    ],
)
def test_words(event: Event, words: str) -> None:
    assert describe(event) == words


def test_stages_follow_each_other_up_to_the_end() -> None:
    ends = [percentage(StageFinished(stage, "", 0.0)) for stage in STAGES]
    begins = [percentage(StageStarted(stage, "")) for stage in STAGES]
    assert ends == sorted(ends)
    assert begins[1:] == ends[:-1]
    assert ends[-1] == 99


def test_what_models_cost_stands_beside_the_stage() -> None:
    async def run() -> None:
        sent: Sent = []
        progress, protocol, _ = started(asyncio.get_running_loop(), sent)
        grant(protocol, sent)
        progress.report(StageProgress("dispatch", "worker 1", 0, 0))
        progress.report(CostRising(2000, 250, 0.0))
        await asyncio.sleep(0.3)
        told = [value["message"] for value in values(sent) if value["kind"] == "report"]
        assert told[-1].startswith("dispatch: worker 1; 2,250 tokens spent so far"), told
        progress.report(CostChanged(2000, 1000, 0.0))
        await asyncio.sleep(0.5)
        told = [value["message"] for value in values(sent) if value["kind"] == "report"]
        assert told[-1].startswith("dispatch: worker 1; 3,000 tokens spent"), told
        progress.report(CostChanged(2000, 1000, 0.01))
        progress.report(Heartbeat("dispatch", 5.0, 0.01))
        await asyncio.sleep(0.5)
        told = [value["message"] for value in values(sent) if value["kind"] == "report"]
        assert told[-1].startswith("dispatch; 3,000 tokens, $0.01 spent"), told
        assert told[-1].count("$") == 1, "what was spent is told once"

    asyncio.run(run())
