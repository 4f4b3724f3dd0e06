"""Standard streams that were closed before this process began (``>&-``, as daemons and cron do)."""

from __future__ import annotations

import os
import sys


def open_closed_streams() -> None:
    """Let each of them lead to nowhere.

    Python has ``None`` in the place of such a stream, which nothing that prints expects; and the next file that is
    opened would get its descriptor, and whatever a child process prints with it.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        null = os.open(os.devnull, os.O_RDWR)  # the lowest that is free, which is its own but where that is in use
        os.set_inheritable(null, null == descriptor)
        mode = "r" if name == "stdin" else "w"
        setattr(sys, name, open(null, mode, encoding="utf-8", errors="backslashreplace"))  # noqa: SIM115  for good
