"""Jobs: runs that pages have begun. Each has a thread of its own, so that closing a page ends none of them."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

from kernelagent.contract.events import Event, RunStarted
from kernelagent.contract.result import Result
from kernelagent.contract.session import SessionResult
from kernelagent.driver.cancel import CancelToken
from kernelagent.errors import InternalError, KernelAgentError, TooManyJobs

Ended = Result | SessionResult | KernelAgentError
Work = Callable[[CancelToken, Callable[[Event], None]], Ended]

MOST_AT_A_TIME = 2
_KEPT = 20
"""Jobs that have ended: the run browser has them all."""
_END_S = 15.0
"""To write down how they ended, when the server ends."""

logger = logging.getLogger(__name__)


class Job:
    """Read from any thread."""

    def __init__(self, work: Work) -> None:
        self.id = secrets.token_hex(8)
        self.events: list[Event] = []
        """Only ever appended to."""
        self.run_dir: Path | None = None
        """Once the run has begun."""
        self.ended: Ended | None = None
        self._token = CancelToken()
        self._work = work
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._go_through, name=f"job-{self.id}", daemon=True)
        self._thread.start()

    @property
    def is_going(self) -> bool:
        return self.ended is None

    def cancel(self) -> None:
        self._token.cancel()

    def wait(self, seen: int, seconds: float) -> None:
        """Until there are more than ``seen`` events, or it has ended, or ``seconds`` are over."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.events) > seen or self.ended is not None, timeout=seconds)

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _take(self, event: Event) -> None:
        with self._changed:
            if isinstance(event, RunStarted):
                self.run_dir = Path(event.run_dir)
            self.events.append(event)
            self._changed.notify_all()

    def _go_through(self) -> None:
        try:
            ended = self._work(self._token, self._take)
        except KernelAgentError as exc:
            ended = exc
        except Exception as exc:  # a defect of ours: the page names it as such
            logger.exception("a job has failed")
            ended = InternalError(f"{type(exc).__name__}: {exc}")
        with self._changed:
            self.ended = ended
            self._changed.notify_all()


class Jobs:
    """Those of one server."""

    def __init__(self, most: int = MOST_AT_A_TIME) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._closed = False

    def start(self, work: Work) -> Job:
        """Raises ``TooManyJobs``."""
        with self._lock:
            going = sum(job.is_going for job in self._jobs.values())
            if self._closed or going >= self._most:
                told = "1 run is" if going == 1 else f"{going} runs are"
                raise TooManyJobs(f"{told} going on already, and {self._most} may.")
            ended = [key for key, job in self._jobs.items() if not job.is_going]
            for key in ended[: max(0, len(ended) - _KEPT)]:
                del self._jobs[key]
            job = Job(work)
            self._jobs[job.id] = job
            return job

    def get(self, key: str) -> Job | None:
        with self._lock:
            return self._jobs.get(key)

    def at_work_in(self, folder: Path) -> Job | None:
        """The job whose run lies in ``folder``, or in a folder of it."""
        with self._lock:
            for job in self._jobs.values():
                if job.is_going and job.run_dir is not None and job.run_dir.is_relative_to(folder):
                    return job
        return None

    def close(self) -> None:
        """Cancel all, and let each write down how far it came."""
        with self._lock:
            self._closed = True
            jobs = [job for job in self._jobs.values() if job.is_going]
        for job in jobs:
            job.cancel()
        until = time.monotonic() + _END_S
        for job in jobs:
            job.join(max(0.0, until - time.monotonic()))
