"""One run while it goes on: its directory, its workers, its cancel token, and the stream of events that it tells."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import dumps, to_json
from kernelagent.contract.events import (
    CostChanged,
    CostRising,
    Event,
    Heartbeat,
    Stage,
    StageFinished,
    StageProgress,
    StageStarted,
)
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.result import Cost
from kernelagent.driver.agents.author import Author
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.isolation import choose
from kernelagent.driver.kept_cost import keep_cost
from kernelagent.driver.of_models import Shut, shut_in
from kernelagent.driver.printable import printable
from kernelagent.driver.run_directory import RunDirectory, disk_error
from kernelagent.driver.run_lock import RunLock
from kernelagent.driver.worker_process import Flavor
from kernelagent.driver.workers import WorkerPool

HEARTBEAT_S = 5.0


def _shown(event: Event) -> Event:
    words = {name: getattr(event, name) for name in ("message", "detail") if hasattr(event, name)}
    return replace(event, **{name: printable(text) for name, text in words.items()}) if words else event


@dataclass
class StageReport:
    """What a stage says when it is done; the stage fills it in."""

    message: str


class Run:
    """Life cycle: opened with its directory, told through :meth:`stage` and :meth:`emit`, ended by :meth:`close`."""

    def __init__(
        self,
        folder: RunDirectory,
        options: Options,
        pool: WorkerPool,
        cancel: CancelToken,
        on_event: Callable[[Event], None],
        author: Author | None,
        lock: RunLock,
    ) -> None:
        if author is not None:
            author.account.on_change = self._cost_changed
            author.account.on_under_way = self._cost_rises
            author.account.on_wait = lambda words: self.emit(StageProgress(self.stage_now, words, 0, 0))
        self.author = author
        """The language model that may be asked; ``None``: none may."""
        self.folder = folder
        self._of_folder = lock
        self.options = options
        self.pool = pool
        self.cancel = cancel
        self.stage_now: Stage = "load"
        self._on_event = on_event
        self._started = time.monotonic()
        self._last_event = self._started
        self._lock = threading.Lock()
        self._of_cost = threading.Lock()
        """Held while the cost is read and told, so that none is told after a later one."""
        self._closed = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="kernelagent-heartbeat", daemon=True)
        self._heart.start()

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._started

    @property
    def cost(self) -> Cost:
        """Of all requests so far."""
        return replace(self.author.account.cost, recorded=self._is_replay) if self.author is not None else Cost()

    @property
    def _is_replay(self) -> bool:
        return self.author is not None and self.author.memory == "only"

    def emit(self, event: Event) -> None:
        """Write the event down, then tell it. From any thread, one at a time. Its words may be a model's."""
        event = _shown(event)
        with self._lock:
            if not isinstance(event, CostRising):  # a log of lines does not show it, and wants signs of life
                self._last_event = time.monotonic()
            try:
                with self.folder.events.open("a", encoding="utf-8", errors="backslashreplace") as log:
                    log.write(dumps(event) + "\n")
            except OSError as exc:
                raise disk_error(exc, self.folder.events) from exc
            self._on_event(event)

    @contextmanager
    def stage(self, stage: Stage, message: str) -> Iterator[StageReport]:
        """A stage from its start to its end; obeys the cancel token at both."""
        self.cancel.raise_if_cancelled()
        self.stage_now = stage
        started = time.monotonic()
        self.emit(StageStarted(stage, message))
        report = StageReport(message)
        yield report
        self.cancel.raise_if_cancelled()
        self.emit(StageFinished(stage, report.message, time.monotonic() - started))

    def call(self, task: str, args: dict[str, Any], *, flavor: Flavor = "interpret") -> Any:
        """Run a worker's task under this run's cancel token; its progress becomes this run's."""
        return self._call(task, args, {}, flavor)

    def call_with_module(self, task: str, problem: Problem, args: dict[str, Any], scratch: Path) -> Any:
        """Run a task that runs the module of ``problem``, which may have been written by a model: ``scratch`` is then
        all that it can write to."""
        options = self.options
        isolation = choose(options.sandbox, self.pool.interpreter, [self.folder.problem_copy], options.env_file)
        shut = shut_in(problem, isolation, scratch)
        return self._call(task, {"problem": to_json(problem), **args}, shut, "interpret")

    def _call(self, task: str, args: dict[str, Any], shut: Shut, flavor: Flavor) -> Any:
        limit, tell = self.options.task_seconds, self._task_event
        return self.pool.call(task, args, flavor=flavor, timeout_s=limit, cancel=self.cancel, on_event=tell, **shut)

    def close(self) -> None:
        """Stop the heartbeat, and let others into the directory."""
        self._closed.set()
        self._heart.join()
        self._of_folder.release()

    def _keep_cost(self) -> None:
        if self.author is not None:
            with self._lock:
                keep_cost(self.author.account, self.folder.cost)

    def _cost_changed(self, _: Cost) -> None:
        """Of the answer that was told there may be a later one by now: what is told is read where it is told."""
        self._keep_cost()
        budget = self.options.budget_usd, self.options.budget_tokens
        with self._of_cost:
            cost = self.cost
            self.emit(CostChanged(cost.input_tokens, cost.output_tokens, cost.usd, *budget, recorded=self._is_replay))

    def _cost_rises(self) -> None:
        self._keep_cost()
        if self.author is not None:
            budget = self.options.budget_usd, self.options.budget_tokens
            with self._of_cost:
                cost = self.author.account.cost_so_far
                self.emit(CostRising(cost.input_tokens, cost.output_tokens, cost.usd, *budget))

    def _task_event(self, event: dict[str, Any]) -> None:
        message = str(event.get("message", ""))
        if message:
            self.emit(StageProgress(self.stage_now, message, int(event.get("done", 0)), int(event.get("total", 0))))

    def _beat(self) -> None:
        while not self._closed.wait(0.25):
            if time.monotonic() - self._last_event >= HEARTBEAT_S and not self.cancel.cancelled:
                try:
                    paid = 0.0 if self._is_replay else self.cost.usd
                    self.emit(Heartbeat(self.stage_now, self.elapsed_s, paid))
                except Exception:  # noqa: BLE001  a reader that failed, or a full disk: the run's own thread will meet it
                    return
