"""A worker on the cluster, leased: asked for work, listened to, stopped, replaced where it is lost."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any

from kernelagent.contract.codec import parse_json
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.cluster.parcel import message, opened
from kernelagent.driver.cluster.remote_worker import RemoteWorker
from kernelagent.errors import Cancelled, ClusterLost, InternalError, KernelAgentError, from_json

LISTEN_S = 1.0
"""How often what the worker says is asked for, and how soon a cancelled piece of work is stopped."""
STOP_S = 5.0
"""For a piece of work to end after it was told to; then its worker is killed."""
PATIENCE_S = 10.0
"""For room on the cluster, before it is said that it is waited for."""


class Lost(Exception):
    """The worker, its machine or the way there is gone; ``str`` says which, for people."""


class Lease:
    """One worker at a time, started by need and kept for the next piece of work. For one thread at a time."""

    def __init__(
        self,
        ray: Any,
        work: str,
        setup: Any,
        *,
        cpus: float = 1.0,
        gpus: float = 0.0,
        listen_s: float = LISTEN_S,
        to_the_end: bool = True,
    ) -> None:
        """``listen_s``: as :data:`LISTEN_S`, where there are many. ``to_the_end``: also what is said last is heard."""
        self._listen_s, self._to_the_end = listen_s, to_the_end
        self._ray = ray
        self._work, self._setup = work, message(setup)
        # One thread works, one listens, one is told to stop.
        self._kind = ray.remote(num_cpus=cpus, num_gpus=gpus, max_restarts=0, max_concurrency=3)(RemoteWorker)
        self._actor: Any = None
        self._hello: Any = None
        """What a worker that was asked for says first; ``None`` when it has said it."""
        self.about: dict[str, Any] = {}
        """What the worker said of its place."""

    @property
    def is_open(self) -> bool:
        """There is a worker, as far as is known here, and it has said what there is to know of its place."""
        return self._actor is not None and self._hello is None

    def open(self, cancel: CancelToken, waits: Callable[[str], None], limit_s: float | None = None) -> dict[str, Any]:
        """Start the worker if there is none, and return what it says of its place. ``waits`` is told when there is no
        room for it. Raises ``Cancelled``, ``Lost``, ``TimeoutError`` after ``limit_s``, and what it lacks there."""
        if self.is_open:
            return self.about
        if self._hello is None:
            self.start()
        try:
            began, told = time.monotonic(), False
            while not self._is_done(self._hello, 0.25):
                waited = time.monotonic() - began
                if cancel.cancelled:
                    raise Cancelled("cancelled")
                if limit_s is not None and waited > limit_s:
                    raise TimeoutError
                if waited > PATIENCE_S and not told:
                    told = True
                    waits("The cluster starts a worker, or has no room for one yet: it is waited for.")
        except BaseException:
            self.drop()
            raise
        return self.come_up()

    def start(self) -> None:
        """Ask the cluster for the worker, and do not wait for it: :func:`come` tells when it is there."""
        with self._as_ours():
            self._actor = self._kind.remote(self._work, self._setup)
            self._hello = self._actor.hello.remote()

    def come_up(self) -> dict[str, Any]:
        """Take what a worker that has come says of its place. Raises ``Lost``, and what it lacks there."""
        try:
            self.about, _ = self._opened(self._hello)
        except BaseException:
            self.drop()
            raise
        self._hello = None
        return self.about

    def answers(self, cancel: CancelToken) -> bool:
        """Whether the worker is still there. One on a machine that has just died is asked until the cluster knows."""
        try:
            with self._as_ours():
                said = self._actor.said.remote(0)
            while not self._is_done(said, LISTEN_S):
                cancel.raise_if_cancelled()
            with self._as_ours():
                self._ray.get(said)
        except Lost:
            self.drop()
            return False
        return True

    def do(self, request: Any, parcel: bytes, cancel: CancelToken, heard: Callable[[Any], None]) -> tuple[Any, bytes]:
        """Have a piece of work done. Raises its error, ``Cancelled``, and ``Lost``: then there is no worker left."""
        if self._actor is None:
            raise Lost("there is no worker")
        with self._as_ours():
            answer = self._actor.do.remote(message(request, parcel))
        number, listened = 0, time.monotonic()
        try:
            while not self._is_done(answer, LISTEN_S):
                if cancel.cancelled:
                    self._stop(answer)
                    raise Cancelled("cancelled")
                if time.monotonic() - listened >= self._listen_s:
                    listened = time.monotonic()
                    number += self._listen(number, heard)
            if self._to_the_end:
                self._listen(number, heard)
            return self._opened(answer)
        except Lost:
            self.drop()
            raise
        except (Cancelled, KernelAgentError):
            raise
        except BaseException:
            self.drop()
            raise

    def close(self) -> None:
        """End the worker in order, and what it has started."""
        if self._actor is not None:
            with contextlib.suppress(Exception):
                self._ray.get(self._actor.close.remote(), timeout=STOP_S)
        self.drop()

    def drop(self) -> None:
        """Kill the worker; what it has started ends with it."""
        actor, self._actor, self._hello = self._actor, None, None
        if actor is not None:
            with contextlib.suppress(Exception):
                self._ray.kill(actor)

    def _is_done(self, answer: Any, seconds: float) -> bool:
        with self._as_ours():
            done, _ = self._ray.wait([answer], timeout=seconds)
            return bool(done)

    def _listen(self, after: int, heard: Callable[[Any], None]) -> int:
        with self._as_ours():
            try:
                said = parse_json(str(self._ray.get(self._actor.said.remote(after), timeout=STOP_S)))
            except (self._ray.exceptions.GetTimeoutError, ValueError):
                return 0
        for one in said if isinstance(said, list) else []:
            heard(one)
        return len(said)

    def _stop(self, answer: Any) -> None:
        with contextlib.suppress(Exception):
            self._actor.stop.remote()
            done, _ = self._ray.wait([answer], timeout=STOP_S)
            if done:
                return
        self.drop()

    def _opened(self, answer: Any) -> tuple[Any, bytes]:
        with self._as_ours():
            data = self._ray.get(answer)
        try:
            document, parcel = opened(data)
            error = document.get("error")
            value = document.get("value")
        except (ValueError, AttributeError) as exc:
            raise InternalError(f"the worker on the cluster answered what is no answer: {exc}") from exc
        if error is not None:
            raised = from_json(error)
            raised.details = str(document.get("details", ""))
            raise raised
        return value, parcel

    @contextlib.contextmanager
    def _as_ours(self) -> Any:
        """Ray's errors of what is gone as :class:`Lost`; those of this side stay what they are."""
        errors = self._ray.exceptions
        try:
            yield
        except errors.GetTimeoutError:
            raise
        except errors.OutOfMemoryError as exc:
            raise Lost("its machine was out of memory") from exc
        except errors.NodeDiedError as exc:
            raise Lost("its machine is gone") from exc
        except (errors.RayActorError, errors.WorkerCrashedError) as exc:
            raise Lost("the worker died") from exc
        except (errors.RayError, ConnectionError) as exc:
            raise ClusterLost(f"The connection to the cluster was lost: {' '.join(str(exc).split())[:200]}") from exc


def come(ray: Any, started: Sequence[Lease]) -> list[Lease]:
    """Those of ``started`` whose worker is there, or will never be: :meth:`Lease.come_up` tells which."""
    by_hello = {lease._hello: lease for lease in started}
    if not by_hello:
        return []
    with started[0]._as_ours():
        there, _ = ray.wait(list(by_hello), num_returns=len(by_hello), timeout=0)
    return [by_hello[hello] for hello in there]
