"""Several workers at one assignment: the first verified file wins, and the others end at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

from kernelagent.driver.agents.recorded_first import RecordedFirst
from kernelagent.driver.agents.standing import Leaders
from kernelagent.driver.agents.worker import Candidate, Outcome, Worker
from kernelagent.driver.cancel import CancelToken
from kernelagent.errors import (
    BudgetSpent,
    Cancelled,
    ConnectionLost,
    KernelAgentError,
    KeyRejected,
    NotRecorded,
    NoVerifiedKernel,
    ProviderFailed,
    ProviderTimedOut,
    RateLimited,
    RequestRefused,
    UnusableReply,
)

ONE_WORKERS_OWN = (
    *(BudgetSpent, ConnectionLost, KeyRejected, ProviderFailed, ProviderTimedOut, RateLimited, RequestRefused),
    *(NotRecorded, UnusableReply),
)
"""End the worker that meets them, and leave the others what they have paid for. Anything else is the module's fault or
ours, and ends the race."""


def race(
    workers: list[Worker],
    most: int,
    cancel: CancelToken,
    leaders: Leaders | None = None,
    longest_s: float | None = None,
) -> Candidate:
    """Let ``workers`` run, each for at most ``most`` attempts; what they have on disk is judged before any of them
    sends something. With ``leaders`` nobody ends the others: after
    ``longest_s``, or when all attempts are made, the best of them wins, which may be the one that was to beat.

    Raises ``Cancelled``, ``NoVerifiedKernel``, and the error of a worker when every worker ended with one.
    """
    token = CancelToken()
    unsubscribe = cancel.on_cancel(token.cancel)
    first = _First(token.cancel)
    timer = threading.Timer(longest_s, token.cancel) if longest_s is not None else None
    if timer is not None:
        timer.daemon = True
        timer.start()
    recorded = RecordedFirst(worker.number for worker in workers)
    outcomes: list[Outcome] = []
    errors: list[KernelAgentError] = []
    try:
        with ThreadPoolExecutor(len(workers), thread_name_prefix="kernelagent-agent") as threads:
            futures = [threads.submit(_one, worker, most, token, first, recorded, leaders) for worker in workers]
            try:
                for future in as_completed(futures):
                    ended = future.result()
                    if isinstance(ended, Outcome):
                        outcomes.append(ended)
                    else:
                        errors.append(ended)
            except BaseException:
                token.cancel()  # or leaving the block would wait for what is still running
                raise
    finally:
        unsubscribe()
        if timer is not None:
            timer.cancel()
    if leaders is not None and leaders.best is not None:
        cancel.raise_if_cancelled()
        return Candidate(leaders.best.kernel, leaders.best.verification)
    if first.candidate is not None:
        return first.candidate
    cancel.raise_if_cancelled()
    if not outcomes:
        raise errors[0]
    attempts = sum(outcome.attempts for outcome in outcomes)
    raise NoVerifiedKernel(
        f"none of {attempts} attempt{'s' * (attempts != 1)} was accepted by the judge; the last: {outcomes[-1].last}"
    )


class _First:
    """The winner; calls ``on_won`` once."""

    def __init__(self, on_won: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._on_won = on_won
        self.candidate: Candidate | None = None

    def offer(self, candidate: Candidate) -> None:
        with self._lock:
            if self.candidate is not None:
                return
            self.candidate = candidate
        self._on_won()


def _one(
    worker: Worker, most: int, token: CancelToken, first: _First, recorded: RecordedFirst, leaders: Leaders | None
) -> Outcome | KernelAgentError:
    try:
        outcome = worker.run(most, token, recorded, leaders)
        if outcome.candidate is not None:
            first.offer(outcome.candidate)  # before the others are let go on
        return outcome
    except (Cancelled, *ONE_WORKERS_OWN) as exc:
        return exc
    finally:
        recorded.through(worker.number)
