"""What runs on the other machine, as a Ray actor: one piece of work at a time, what it says meanwhile, and a stop.

All that comes and goes is text and bytes. Whatever goes wrong is said in JSON: no exception travels as a pickle.
"""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

from kernelagent import __version__
from kernelagent.contract.codec import dumps
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.cluster.parcel import message, opened
from kernelagent.errors import InternalError, KernelAgentError


class Work(Protocol):
    """Kept warm between one piece of work and the next."""

    def about(self) -> dict[str, Any]:
        """Versions and whatever else is to be known of this place."""
        ...

    def do(self, request: Any, parcel: bytes, say: Callable[[Any], None], cancel: CancelToken) -> tuple[Any, bytes]: ...

    def close(self) -> None: ...


class RemoteWorker:
    """``work``: ``module:Class`` of a :class:`Work`, made with the document in ``setup``."""

    def __init__(self, work: str, setup: bytes) -> None:
        module, _, name = work.partition(":")
        self._lock = threading.Lock()
        self._said: list[str] = []
        self._cancel = CancelToken()
        self._failure: KernelAgentError | None = None
        try:
            self._work: Work = getattr(import_module(module), name)(opened(setup)[0])
        except KernelAgentError as exc:
            self._failure = exc

    def hello(self) -> bytes:
        """What there is to know of this place, or why there is nothing to be had here."""
        return self._told(lambda: ({**self._work.about(), "kernelagent": __version__, "pid": os.getpid()}, b""))

    def do(self, request: bytes) -> bytes:
        with self._lock:
            self._said, self._cancel = [], CancelToken()
        return self._told(lambda: self._work.do(*opened(request), self._say, self._cancel))

    def said(self, after: int) -> str:
        """What it has said since the ``after``-th thing, as a JSON list."""
        with self._lock:
            return f"[{', '.join(self._said[after:])}]"

    def stop(self) -> None:
        """End the piece of work that is under way."""
        self._cancel.cancel()

    def close(self) -> None:
        if self._failure is None:
            self._work.close()

    def _say(self, what: Any) -> None:
        with self._lock:
            self._said.append(dumps(what))

    def _told(self, made: Callable[[], tuple[Any, bytes]]) -> bytes:
        try:
            if self._failure is not None:
                raise self._failure
            value, parcel = made()
            return message({"value": value}, parcel)
        except KernelAgentError as exc:
            return message({"error": exc.to_json(), "details": exc.details})
        except Exception as exc:  # noqa: BLE001  a defect of ours: it is told as such, with its place for the log
            told = InternalError(f"{type(exc).__name__}: {exc}")
            return message({"error": told.to_json(), "details": traceback.format_exc()})
