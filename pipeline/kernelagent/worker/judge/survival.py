"""A call that may kill its process: code in C++ may trust the integers that it is given, as ``embedding_bag`` does."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable

_LIMIT_S = 60


class Died(Exception):
    """The call killed its process, or took too long."""


def apart(call: Callable[[], object]) -> None:
    """Make ``call`` in a fork of this process, and forget what it does. Raises :class:`Died` where that does not come
    back; what the call raises is not seen. Where there is no forking nothing is called."""
    if not hasattr(os, "fork"):
        return
    child = os.fork()
    if child == 0:
        signal.alarm(_LIMIT_S)
        with contextlib.suppress(BaseException):
            call()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status != 0:
        number = os.waitstatus_to_exitcode(status)
        raise Died(f"the module itself dies of it ({signal.Signals(-number).name})" if number < 0 else "it ended")
