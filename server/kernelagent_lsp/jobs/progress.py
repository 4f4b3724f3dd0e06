"""A job's progress as the client shows it: one token, at most ten reports a second, exactly one end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from kernelagent.contract.events import (
    STAGES,
    AnsweredBefore,
    CandidateJudged,
    CheckFinished,
    CostChanged,
    CostRising,
    Event,
    Heartbeat,
    StageFinished,
    StageProgress,
    StageStarted,
)
from lsprotocol import types

from kernelagent_lsp.jobs.money import dollars
from kernelagent_lsp.wire.protocol import Protocol

SHORTEST_PAUSE_S = 0.12
"""Between two reports."""
LONGEST_SILENCE_S = 2.0
"""After which the elapsed time is reported, whatever the pipeline says."""

_SHARE = {"load": 15, "route": 3, "extract": 12, "dispatch": 25, "compose": 5, "verify": 35, "benchmark": 5}
"""Percent of the whole that a stage usually takes."""


class JobProgress:
    """Server-created work-done progress. Lives on the event loop's thread."""

    def __init__(
        self,
        protocol: Protocol,
        loop: asyncio.AbstractEventLoop,
        token: str,
        title: str,
        on_refused: Callable[[], None],
    ) -> None:
        """Asks the client for ``token``; ``on_refused`` is called when it won't have it."""
        self.token = token
        self._protocol = protocol
        self._loop = loop
        self._title = title
        self._on_refused = on_refused
        self._begun = False
        self._ended: str | None = None
        self._message = "starting"
        self._spent = ""
        """What models have cost so far, in words."""
        self._percentage = 0
        self._begun_at = time.monotonic()
        self._last_report = 0.0
        self._timer: asyncio.TimerHandle | None = None
        created = protocol.send_request(
            types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.WorkDoneProgressCreateParams(token=token)
        )
        created.add_done_callback(self._created)

    def _created(self, answer: Future[Any]) -> None:
        if answer.exception() is not None:
            self._on_refused()
            return
        self._begun = True
        self._send(
            types.WorkDoneProgressBegin(title=self._title, cancellable=True, message=self._message, percentage=0)
        )
        if self._ended is not None:
            self._send(types.WorkDoneProgressEnd(message=self._ended))
        else:
            self._wait(LONGEST_SILENCE_S)

    def report(self, event: Event) -> None:
        """Take note of ``event``, and tell the client at the next moment that allows it."""
        message = describe(event)
        if message is None or self._ended is not None:
            return
        if isinstance(event, (CostChanged, CostRising)):
            self._spent = f"; {message}"
        else:
            self._message = message
        self._percentage = max(self._percentage, percentage(event))
        if self._begun:
            self._wait(max(0.0, self._last_report + SHORTEST_PAUSE_S - time.monotonic()))

    @property
    def message(self) -> str:
        """What was reported last, or is about to be."""
        return f"{self._message}{self._spent}"

    def end(self, message: str) -> None:
        """The last word. Later calls are ignored."""
        if self._ended is not None:
            return
        self._ended = message
        if self._timer is not None:
            self._timer.cancel()
        if self._begun:
            self._send(types.WorkDoneProgressEnd(message=message))

    def _wait(self, seconds: float) -> None:
        """Report after ``seconds``, unless a report is due before that."""
        due = self._loop.time() + seconds
        if self._timer is not None and not self._timer.cancelled():
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._tell)

    def _tell(self) -> None:
        self._timer = None
        if self._ended is not None:
            return
        self._last_report = time.monotonic()
        elapsed = self._last_report - self._begun_at
        message = self.message
        message = message if elapsed < LONGEST_SILENCE_S else f"{message} ({elapsed:.0f} s)"
        self._send(types.WorkDoneProgressReport(cancellable=True, message=message, percentage=self._percentage))
        self._wait(LONGEST_SILENCE_S)

    def _send(self, value: Any) -> None:
        self._protocol.notify(types.PROGRESS, types.ProgressParams(token=self.token, value=value))


def describe(event: Event) -> str | None:
    """``event`` in a few words, or ``None`` where there is nothing to show."""
    if isinstance(event, (StageStarted, StageFinished)):
        return f"{event.stage}: {event.message}" if event.message else event.stage
    if isinstance(event, StageProgress):
        return f"{event.stage}: {event.message}" + (f" {event.done}/{event.total}" if event.total else "")
    if isinstance(event, CandidateJudged):
        return f"{event.subgraph}: {event.synthesizer} {'verified' if event.verdict == 'pass' else 'rejected'}"
    if isinstance(event, CheckFinished):
        return f"verify: {event.name} {'passed' if event.passed else 'failed'}"
    if isinstance(event, (CostChanged, CostRising)):
        money = f", {dollars(event.usd)}" if event.usd else ""
        of = f" of ${event.budget_usd:g}" if event.budget_usd is not None else ""
        so_far = " so far" if isinstance(event, CostRising) else ""
        return f"{event.input_tokens + event.output_tokens:,} tokens{money}{of if money else ''} spent{so_far}"
    if isinstance(event, AnsweredBefore):
        return "answered before"
    if isinstance(event, Heartbeat):
        return str(event.stage)  # what was spent is told by CostChanged, and stays beside every message
    return None


def percentage(event: Event) -> int:
    """How far along ``event`` puts the job, in percent; 0 where it says nothing of it."""
    if not isinstance(event, (StageStarted, StageProgress, StageFinished)):
        return 0
    index = STAGES.index(event.stage)
    before = sum(_SHARE[stage] for stage in STAGES[:index])
    part = 0.0
    if isinstance(event, StageFinished):
        part = 1.0
    elif isinstance(event, StageProgress) and event.total > 0:
        part = min(1.0, event.done / event.total)
    return min(99, int(before + part * _SHARE[event.stage]))
