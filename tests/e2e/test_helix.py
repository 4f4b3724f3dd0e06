"""A real Helix, driven by keys through a terminal: the action, one edit that one undo takes back, and what follows."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from test_neovim import CACHE, PATIENCE_S, SOURCE

HELIX = CACHE / "helix" / "bin" / "hx"

_ESCAPE = re.compile(rb"\x1b\[[0-9;:?]*[a-zA-Z]")

LANGUAGES = """
[language-server.kernelagent]
command = "{python}"
args = ["-m", "kernelagent_lsp", "--stdio"]

[language-server.kernelagent.config.kernelagent]
interpreter = "{python}"
apply = "auto"
output = "inline"

[[language]]
name = "python"
language-servers = ["kernelagent"]
"""


class Terminal:
    """The keyboard and the screen of a child process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.screen = b""

    def press(self, *strokes: str) -> None:
        """Each stroke by itself: an escape that something follows at once is another key."""
        for stroke in strokes:
            os.write(self._descriptor, stroke.encode())
            self._look(0.3)

    def wait(self, what: str, condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"no {what}; the screen: {self.screen[-3000:]!r}"
            self._look(0.5)

    def shows(self, text: bytes, seconds: float) -> bool:
        """Whether ``text`` is drawn within ``seconds``."""
        deadline = time.monotonic() + seconds
        while text not in self.screen and time.monotonic() < deadline:
            self._look(0.2)
        return text in self.screen

    def _look(self, seconds: float) -> None:
        """Take what is drawn during ``seconds``: each change within a line, without its colours."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._descriptor], [], [], left)[0]:
                self.screen += _ESCAPE.sub(b"", os.read(self._descriptor, 1 << 16))


@contextmanager
def helix(file: Path, line: int) -> Iterator[Terminal]:
    """Helix with ``file`` open, the cursor in ``line`` (1-based)."""
    assert HELIX.exists(), "run tests/setup-editors.sh first"
    configuration = file.parent / "config" / "helix"
    configuration.mkdir(parents=True)
    (configuration / "languages.toml").write_text(LANGUAGES.format(python=sys.executable))
    (configuration / "config.toml").write_text("")
    pid, descriptor = pty.fork()
    if pid == 0:
        environment = {
            **os.environ,
            "XDG_CONFIG_HOME": str(file.parent / "config"),
            "XDG_CACHE_HOME": str(file.parent / "cache"),
            "TERM": "xterm-256color",
        }
        os.chdir(file.parent)
        os.execve(HELIX, [str(HELIX), f"{file}:{line}"], environment)
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 140, 0, 0))
    try:
        yield Terminal(descriptor)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(descriptor)


MENU = (
    b"Fuse again",
    b"Verify again",
    b"Fuse to Triton",
    b"Review the Triton kernel",
    b"Apply the Triton kernel",
    b"Discard the Triton kernel",
    b"Show the fusing report",
    b"Use the Triton version",
    b"Use the original Gate",
    b"Verify the Triton kernel",
    b"Benchmark the Triton kernel",
    b"Remove the Triton version",
)
"""What a menu of code actions may have, by the beginnings of titles."""


def choose(terminal: Terminal, title: bytes) -> None:
    """Ask for code actions until ``title`` is among them, and take it. The server may not be there at first."""

    def menu() -> bool:
        terminal.screen = b""
        terminal.press("\x1b", " ", "a")
        return terminal.shows(title, 5.0)

    terminal.wait(f"menu with {title!r}", menu)
    above = [entry for entry in MENU if -1 < terminal.screen.find(entry) < terminal.screen.find(title)]
    terminal.press(*["\x1b[B"] * len(above), "\r")


def test_the_action_its_edit_one_undo_and_what_comes_after(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    file = tmp_path / "model.py"
    file.write_text(SOURCE)
    line = SOURCE[: SOURCE.index("def forward")].count("\n") + 1
    with helix(file, line) as terminal:
        terminal.wait("the file", lambda: b"Gate" in terminal.screen)
        choose(terminal, b"Fuse to Triton")

        def written(text: str) -> bool:
            terminal.press("\x1b", ":w\r")
            return text in file.read_text()

        terminal.wait("the edit", lambda: written("class GateTriton"))
        applied = file.read_text()
        assert "import triton" in applied
        terminal.press("\x1b", "u", ":w\r")
        terminal.wait("the undo", lambda: file.read_text() == SOURCE, 20)

        choose(terminal, b"Review the Triton kernel")
        terminal.wait("the review", lambda: b"+++ b/model.py" in terminal.screen, 20)
        terminal.press("\x1b", ":bc\r", f":{line}\r")
        choose(terminal, b"Apply the Triton kernel")
        terminal.wait("the edit again", lambda: written("class GateTriton"), 20)
        assert file.read_text() == applied

        choose(terminal, b"Use the Triton version of Gate")
        terminal.wait("the Triton version", lambda: written("\nGate = GateTriton"), 20)
        choose(terminal, b"Use the original Gate")
        terminal.wait("the original", lambda: not written("\nGate = GateTriton"), 20)
        terminal.screen = b""
        terminal.press("\x1b", "/dim=-1\r", "c", "dim=0", "\x1b", "/class Gate\\(\r")
        terminal.wait("the stale kernel", lambda: b"is stale" in terminal.screen, 20)
