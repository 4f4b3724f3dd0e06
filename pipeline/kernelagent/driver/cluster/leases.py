"""The workers of one batch: as many as are wanted and the cluster has room for, started beside the work.

A piece of work is given to a worker that is there. One that is waited for holds nothing: where the cluster has fewer
processors than workers are wanted, or loses some, those that are there do all of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.cluster.lease import PATIENCE_S, Lease, Lost, come
from kernelagent.errors import ClusterLost, GpuBusy, KernelAgentError

LOOK_S = 0.2
"""How often it is asked which workers have come."""
TELL_S = 60.0
"""How often it is told that there is still no worker at all."""
STARTED_AT_MOST = 3
"""How often in a row one worker is started that is lost before it is there."""


class Leases:
    """:meth:`room` is called again and again by one thread, :meth:`take` and :meth:`give` by those that work."""

    def __init__(self, ray: Any, leases: list[Lease], tell: Callable[[str], None], wait_s: float) -> None:
        """``wait_s``: so long no worker at all is waited for. ``tell`` is told of what is waited for."""
        self._ray, self._tell, self._wait_s = ray, tell, wait_s
        self._all = tuple(leases)
        self._changed = threading.Condition()
        self._closed = list(reversed(leases))
        self._coming: list[Lease] = []
        self._idle: list[Lease] = []
        """The last one is taken first: it is the warmest."""
        self._taken = 0
        self._starts: dict[Lease, list[str]] = {}
        """How the last starts of a worker that never came have ended."""
        self._looks = 0.0
        self._last = 0, 0.0
        """How many were there at the last look, and since when."""
        self._none_since: float | None = None
        """From when none is there."""
        self._tells = 0.0
        """When the next word on none is due, in seconds from then."""
        self._told_of_fewer = False

    def room(self, wanted: int) -> int:
        """How many workers are there, idle or not, of as many as are ``wanted``: those that lack are started, and those
        that are waited for and not wanted any more are given up.

        Raises ``GpuBusy`` where there was none for ``wait_s``, ``ClusterLost`` where one is lost each time it is
        started, and what is lacking there; while there are others, these do the work.
        """
        with self._changed:
            now = time.monotonic()
            if now >= self._looks:
                self._looks = now + LOOK_S
                self._start(min(wanted, len(self._all)))
                self._look()
                self._say(min(wanted, len(self._all)), now)
            return self._there

    def take(self, cancel: CancelToken, *, asked_first: bool) -> Lease:
        """An idle worker, for the caller alone until :meth:`give`; waits for one. ``asked_first``: only one that still
        answers, as after a loss, where the same machine had others. Raises ``Cancelled``."""
        while True:
            with self._changed:
                while not self._idle:
                    cancel.raise_if_cancelled()
                    self._changed.wait(LOOK_S)
                lease = self._idle.pop()
                self._taken += 1
            try:
                if not asked_first or lease.answers(cancel):
                    return lease
            except BaseException:
                self.give(lease)
                raise
            self.give(lease)

    def give(self, lease: Lease) -> None:
        """Back from :meth:`take`, with or without its worker."""
        with self._changed:
            self._taken -= 1
            (self._idle if lease.is_open else self._closed).append(lease)
            self._changed.notify()

    def close(self) -> None:
        """End all of them."""
        threads = [threading.Thread(target=lease.close) for lease in self._all]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    @property
    def _there(self) -> int:
        return len(self._idle) + self._taken

    def _start(self, wanted: int) -> None:
        while self._coming and self._there + len(self._coming) > wanted:
            lease = self._coming.pop()
            lease.drop()
            self._closed.append(lease)
        while self._closed and self._there + len(self._coming) < wanted:
            lease = self._closed.pop()
            self._coming.append(lease)
            lease.start()

    def _look(self) -> None:
        for lease in come(self._ray, self._coming):
            self._coming.remove(lease)
            starts = self._starts.setdefault(lease, [])
            try:
                lease.come_up()
            except Lost as exc:
                starts.append(str(exc))
                if len(starts) < STARTED_AT_MOST:
                    self._closed.append(lease)
                else:
                    self._without(ClusterLost(f"No worker could be started on the cluster: {exc}."))
            except KernelAgentError as exc:
                self._without(exc)
            else:
                starts.clear()
                self._idle.append(lease)
                self._changed.notify()

    def _without(self, exc: KernelAgentError) -> None:
        """A worker is started no more, because of ``exc``."""
        if not self._there:
            raise exc
        self._tell(f"The batch goes on with fewer workers: {exc.message}")

    def _say(self, wanted: int, now: float) -> None:
        """Tell what is waited for; raise where that was long enough."""
        there = self._there
        if there or not wanted:
            self._none_since = None
        elif self._none_since is None:
            self._none_since, self._tells = now, PATIENCE_S
        else:
            waited = now - self._none_since
            if waited > self._wait_s:
                raise GpuBusy(
                    f"No processor of the cluster became free for a worker within {self._wait_s:g} s. "
                    "What was answered is kept."
                )
            if waited > self._tells:
                self._tells += TELL_S
                self._tell(
                    "The cluster starts a worker, or has no room for one yet: it is waited for, "
                    f"{waited:.0f} s so far, {self._wait_s:g} s at most."
                )
        if there != self._last[0]:
            self._last = there, now
        elif there and self._coming and now - self._last[1] > PATIENCE_S and not self._told_of_fewer:
            self._told_of_fewer = True
            self._tell(
                f"{there} of {wanted} workers do the work: the cluster starts the others, or has no room for them yet."
            )
