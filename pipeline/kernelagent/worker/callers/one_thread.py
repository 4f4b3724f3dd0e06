"""Numbers of threads that a test asks for, in a process that has one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

_COUNTS = re.compile(r"\w+_NUM_THREADS")
"""Variables that libraries take their number of threads from: ``OMP_NUM_THREADS``, ``OPENBLAS_NUM_THREADS`` ..."""


def in_one_thread() -> None:
    """From now on, whoever asks torch for more threads, or the environment for them, in this process, gets none: the
    sandbox refuses a second thread, and OpenMP ends a process that is refused one."""
    import torch

    torch.set_num_threads = _unheeded
    torch.set_num_interop_threads = _unheeded
    os.putenv = _but_for_counts(os.putenv)
    os.unsetenv = _but_for_counts(os.unsetenv)


def _unheeded(nthreads: int) -> None:
    """In place of torch's own."""


def _but_for_counts(change: Callable[..., None]) -> Callable[..., None]:
    """``os.environ`` tells libraries by these two functions what is set in it."""

    def changed(name: Any, *value: Any) -> None:
        if not _COUNTS.fullmatch(os.fsdecode(name)):
            change(name, *value)

    return changed
