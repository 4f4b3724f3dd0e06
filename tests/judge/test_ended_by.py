"""A call that ends its process is found out in a copy of it."""

from __future__ import annotations

import os
import signal
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
