"""A coroutine for callers that wait: it runs in an event loop of its own, and that in a thread of its own. The caller's
thread may have a loop that is running, as in a notebook, and no thread can have two."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from kernelagent.driver.cancel import CancelToken
from kernelagent.errors import Cancelled

T = TypeVar("T")


class _Abandoned(ThreadPoolExecutor):
    """A daemon thread for each call: the interpreter waits at its end for those of a pool, and nobody can end the
    look-up of a name."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        ended: Future[Any] = Future()

        def run() -> None:
            if not ended.set_running_or_notify_cancel():
                return
            try:
                ended.set_result(fn(*args, **kwargs))
            except BaseException as exc:  # noqa: BLE001  whoever waits for it gets it
                ended.set_exception(exc)

        threading.Thread(target=run, name="kernelagent-look-up", daemon=True).start()
        return ended


def run_in_own_loop(work: Coroutine[Any, Any, T], cancel: CancelToken) -> T:
    """What ``work`` returns or raises; it sees the context variables of the caller.

    Raises ``Cancelled`` as soon as the token is set. ``work`` has come to its end whenever this returns, also by an
    exception that interrupts the caller's wait.
    """
    try:
        loop = asyncio.new_event_loop()
    except OSError:
        work.close()
        raise
    loop.set_default_executor(_Abandoned(1))
    task = loop.create_task(work)

    def stop() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has just been closed: there is nothing left to stop
            loop.call_soon_threadsafe(task.cancel)

    def run() -> T:
        try:
            return loop.run_until_complete(task)
        except asyncio.CancelledError:
            raise Cancelled("cancelled") from None
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()  # unlike asyncio.run(), does not wait for a name that is still being looked up

    unsubscribe = cancel.on_cancel(stop)
    try:
        with ThreadPoolExecutor(1, "kernelagent-request") as beside:
            ended = beside.submit(copy_context().run, run)
            try:
                return ended.result()
            finally:
                stop()
    finally:
        unsubscribe()
