"""Whether a call ends its process: PyTorch's own CPU code may, on inputs that are empty and on integers that it trusts.

PyTorch 2.11's ``scaled_dot_product_attention`` divides an integer by a number of keys that is zero, for one, and
``embedding_bag`` goes wherever its offsets point.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any


def ended_by(call: Callable[[], Any]) -> str:
    """The signal that ends a copy of this process in ``call``, by its name; empty where the copy comes through, with
    whatever exception, and where processes can't be copied."""
    if not hasattr(os, "fork"):
        return ""
    child = os.fork()
    if child == 0:
        try:
            call()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else ""
