"""``NO_COLOR`` on a terminal."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest
from command_line import COMMAND, environment

STYLE = re.compile(rb"\x1b\[[0-9;]*m")


def on_a_terminal(*arguments: str, cwd: Path, **extra: str) -> bytes:
    ours, theirs = pty.openpty()
    given = {"TERM": "xterm-256color", **extra}
    started = subprocess.Popen(
        [*COMMAND, *arguments], cwd=cwd, env=environment(**given), stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    told = b""
    while True:
        try:
            block = os.read(ours, 65536)
        except OSError:  # Linux says so when the last writer has closed
            break
        if not block:
            break
        told += block
    started.wait(timeout=120)
    os.close(ours)
    return told


@pytest.mark.parametrize("arguments", [("fuse", "nothing.py"), ("models",)])
def test_no_colour_where_none_is_wanted(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert STYLE.search(on_a_terminal(*arguments, cwd=tmp_path, NO_COLOR=""))
    assert not STYLE.search(on_a_terminal(*arguments, cwd=tmp_path, NO_COLOR="1"))
