"""All jobs of this server: starting, cancelling, ending; no more than a few at a time."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from kernelagent.contract.events import CostChanged, CostRising, Event, RunStarted, StageStarted

from kernelagent_lsp.configuration.settings import Settings
from kernelagent_lsp.jobs.job import Asked, Fused, Job, Judged, Outcome, Refused, State, Timed

KEPT = 50
"""Ended jobs that are remembered, for their reports."""
PATIENCE_S = 0.2
"""How long after a cancel the job's own end is waited for, before the user is told that it is over."""

Work = Callable[[Job, Callable[[Event], None]], Outcome]
"""Runs in the job's thread. Raises nothing: an error is an outcome."""


class Listener(Protocol):
    """Is told, on the event loop's thread, how a job goes on."""

    def started(self, job: Job) -> None: ...

    def progressed(self, job: Job, event: Event) -> None: ...

    def ended(self, job: Job) -> None: ...

    def idle(self) -> None:
        """No job's thread runs any more."""


class JobTable:
    """Owns the jobs. Every method is called on the event loop's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, listener: Listener) -> None:
        self._loop = loop
        self._listener = listener
        self._jobs: dict[str, Job] = {}
        self._latest: dict[tuple[str, str], Job] = {}
        self._standing: dict[tuple[str, str], Job] = {}
        self._waiting: list[tuple[Job, Work]] = []
        self._held: set[str] = set()
        """Of those that wait, the ones whose settings are not known yet."""
        self._threads: dict[str, threading.Thread] = {}

    def start(self, asked: Asked, work: Work, *, is_held: bool = False) -> Job:
        """Begin, or queue, a job. An older one for the same class is cancelled: its result would be stale. One that
        ``is_held`` waits for :meth:`release`."""
        key = (asked.uri, asked.class_name)
        older = self._latest.get(key)
        if older is not None:
            self.cancel(older)
        job = Job(uuid.uuid4().hex[:12], asked, 1 if older is None else older.generation + 1)
        self._jobs[job.id] = self._latest[key] = job
        self._forget_old()
        self._listener.started(job)
        self._waiting.append((job, work))
        if is_held:
            self._held.add(job.id)
        self._run_waiting()
        return job

    def release(self, job: Job, settings: Settings) -> None:
        """Let a job that was held begin, with ``settings``."""
        if job.id in self._held:
            self._held.discard(job.id)
            job.asked = replace(job.asked, settings=settings)
            self._run_waiting()

    def let_run(self, at_a_time: Callable[[str], int]) -> None:
        """How many jobs may run at the same time has changed, by the document's URI: those that wait go by it."""
        for job, _ in self._waiting:
            settings = replace(job.asked.settings, jobs=at_a_time(job.asked.uri))
            job.asked = replace(job.asked, settings=settings)
        self._run_waiting()

    def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    def latest(self, uri: str, class_name: str) -> Job | None:
        return self._latest.get((uri, class_name))

    def standing(self, uri: str, class_name: str) -> Job | None:
        """The latest fuse of the class that was verified. A job that was cancelled, failed, judged or timed does not
        take its kernel away: only a newer verified one does."""
        return self._standing.get((uri, class_name))

    def discard(self, job: Job) -> bool:
        """Offer ``job``'s kernel no more; whether it was offered."""
        stands = self._standing.get(_key(job)) is job
        if stands:
            del self._standing[_key(job)]
            job.is_discarded = True
        return stands

    def restore(self, jobs: Sequence[Job]) -> bool:
        """Take over jobs of an earlier server process, all ended and of one class, the oldest first; not where there
        is a newer one."""
        if any(job.id in self._jobs or _key(job) in self._latest for job in jobs):
            return False
        for job in jobs:
            self._jobs[job.id] = self._latest[_key(job)] = job
            if job.state == "verified" and job.asked.kind == "fuse":
                self._standing[_key(job)] = job
        return True

    @property
    def running(self) -> bool:
        """Whether any job's thread still runs, be its job cancelled or not."""
        return bool(self._threads)

    def all(self) -> tuple[Job, ...]:
        return tuple(self._jobs.values())

    def cancel(self, job: Job) -> bool:
        """Stop ``job``; whether there was anything to stop. Its end follows within :data:`PATIENCE_S`."""
        if job.is_over or job.state == "cancelling":
            return False
        was_waiting = job.state == "waiting"
        job.state = "cancelling"
        if was_waiting:
            self._waiting = [row for row in self._waiting if row[0] is not job]
            self._held.discard(job.id)
            self._end(job, "cancelled")
        else:
            # Killing what the job started may take a moment, which the loop has not got.
            threading.Thread(target=job.token.cancel, name=f"cancel {job.id}", daemon=True).start()
            self._loop.call_later(PATIENCE_S, self._end, job, "cancelled")
        return True

    def cancel_all(self) -> None:
        """Set every token at once, without waiting for any job's end: the process is about to end."""
        self._waiting.clear()
        for job in tuple(self._jobs.values()):
            if not job.is_over:
                job.state = "cancelling"
                job.token.cancel()

    def let_end(self, patience_s: float) -> None:
        """Wait, from any other thread than the loop's, until the jobs' threads have written down how they ended."""
        deadline = time.monotonic() + patience_s
        for thread in tuple(self._threads.values()):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run_waiting(self) -> None:
        held = 0
        for job, work in list(self._waiting):
            if job.id in self._held:
                held += 1  # its place is kept: nobody who came later goes first
                continue
            if len(self._threads) + held >= job.asked.settings.jobs:
                return
            self._waiting.remove((job, work))
            job.state = "running"
            thread = threading.Thread(target=self._run, args=(job, work), name=f"job {job.id}", daemon=True)
            self._threads[job.id] = thread
            thread.start()

    def _run(self, job: Job, work: Work) -> None:
        def emit(event: Event) -> None:
            self._loop.call_soon_threadsafe(self._progressed, job, event)

        outcome = work(job, emit)
        self._loop.call_soon_threadsafe(self._finished, job, outcome)

    def _progressed(self, job: Job, event: Event) -> None:
        if job.state != "running":
            return
        if isinstance(event, RunStarted):
            job.run_dir = Path(event.run_dir)
        elif isinstance(event, StageStarted):
            job.stages.append((event.stage, job.elapsed_s))
        elif isinstance(event, (CostChanged, CostRising)):
            job.usd = event.usd
        self._listener.progressed(job, event)

    def _finished(self, job: Job, outcome: Outcome) -> None:
        self._threads.pop(job.id, None)
        job.outcome = outcome  # of a job that is over by now, too: its report may still be asked for
        if isinstance(outcome, Fused):
            job.usd = outcome.result.cost.usd  # what was under way when it ended is among it
        if not job.is_over:
            self._end(job, "cancelled" if job.state == "cancelling" else _state_after(outcome))
        self._run_waiting()
        if not self._threads:
            self._listener.idle()

    def _end(self, job: Job, state: State) -> None:
        if job.is_over:
            return
        job.state = state
        job.ended = time.monotonic()
        if state == "verified" and job.asked.kind == "fuse":
            self._standing[_key(job)] = job
        self._listener.ended(job)

    def _forget_old(self) -> None:
        kept = {id(job) for job in (*self._latest.values(), *self._standing.values())}
        over = [job for job in self._jobs.values() if job.is_over and id(job) not in kept]
        for job in over[: max(0, len(over) - KEPT)]:
            del self._jobs[job.id]


def _key(job: Job) -> tuple[str, str]:
    return job.asked.uri, job.asked.class_name


def _state_after(outcome: Outcome) -> State:
    if isinstance(outcome, Refused):
        return "cancelled" if outcome.error.code == "Cancelled" else "failed"
    if isinstance(outcome, Judged):
        return "verified" if outcome.verification.verdict == "pass" else "failed"
    if isinstance(outcome, Timed):
        return "done"
    return "failed" if outcome.result.status == "unverified" else outcome.result.status
