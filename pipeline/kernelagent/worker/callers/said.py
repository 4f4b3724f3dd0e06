"""What a caller's test prints and raises: kept in a file, as where a script's output goes to one.

Tests reconfigure ``sys.stdout``, write to its buffer, ask for its number or close it; none of that is the kernel's
fault. What is told of the test itself is added to the file past all that.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO


class Said:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._number = os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """While it lasts, ``sys.stdout`` and ``sys.stderr`` lead here."""
        out, errors = self._stream(), self._stream()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            yield
        for stream in (out, errors):
            with contextlib.suppress(ValueError, OSError):  # the test has closed it, or what is below it
                stream.flush()

    def _stream(self) -> TextIO:
        text = os.fdopen(os.dup(self._number), "w", encoding="utf-8", errors="backslashreplace", buffering=1)
        text.reconfigure(write_through=True)  # what is printed stands before what is told of it
        return text

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            os.write(self._number, text.encode("utf-8", "backslashreplace"))
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def end(self, most: int) -> str:
        """The last ``most`` characters."""
        with self._file.open("rb") as stream:
            stream.seek(max(0, self._file.stat().st_size - 4 * most))
            return stream.read().decode("utf-8", "replace")[-most:]
