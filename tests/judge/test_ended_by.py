"""A call that ends its process is found out in a copy of it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

import pytest
from kernelagent.worker.judge.ended_by import ended_by


def _raises() -> None:
    raise ValueError("the caller will see this itself")


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGFPE), "SIGFPE"),
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), "SIGSEGV"),
        (lambda: 1, ""),
        (_raises, ""),
    ],
)
def test_the_signal_is_named(call: Callable[[], object], name: str) -> None:
    assert ended_by(call) == name


def test_a_copy_that_waits_for_ever_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one does that was forked beside threads of OpenMP's."""
    monkeypatch.setattr("kernelagent.worker.judge.ended_by.LONGEST_S", 0.2)
    copies: list[int] = []
    fork = os.fork

    def noted() -> int:
        copies.append(fork())
        return copies[-1]

    monkeypatch.setattr(os, "fork", noted)
    assert ended_by(lambda: threading.Event().wait()) == ""
    (copy,) = copies
    with pytest.raises(ChildProcessError):  # it was killed, and its end was taken note of
        os.waitpid(copy, os.WNOHANG)
