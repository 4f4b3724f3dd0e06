"""What a caller's test has said, in its file and out of it, without keys. The test may have put anything in that place.

Nothing that runs beside the test may know the keys, so they are taken out once it has ended.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

KEPT = 1 << 16
"""Characters of the end of what it said."""
_LEFT_OUT = "... (what was said before is left out)\n"


def said_before(file: Path) -> str:
    """The end of ``file``; empty where the test has put something else there: what it links to is not its to show."""
    return (_read(file) or ("", False))[0]


def end_of(text: str, most: int, redact: Callable[[str], str]) -> str:
    """The last ``most`` characters of ``text`` without keys. Where it is longer, its own beginning may have been cut
    inside of a key, and is not among them."""
    return redact(_from_a_blank(text) if len(text) > most else text)[-most:]


def redact_file(file: Path, redact: Callable[[str], str]) -> None:
    """Take the keys out of ``file``, of which the last ``KEPT`` characters remain."""
    found = _read(file)
    if found is None:
        return
    text, is_cut = found
    kept = f"{_LEFT_OUT}{redact(_from_a_blank(text))}" if is_cut else redact(text)
    if kept == text:
        return
    with contextlib.suppress(OSError):  # what it was put in place of is gone, or nothing can be: then neither is there
        file.unlink()
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "w", encoding="utf-8", newline="") as stream:
            stream.write(kept)


def _read(file: Path) -> tuple[str, bool] | None:
    """Its last characters, and whether there are more before; ``None`` for what is no file."""
    try:
        number = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return None
    with os.fdopen(number, "rb") as stream:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            return None
        stream.seek(max(0, found.st_size - 4 * KEPT))
        text = stream.read(4 * KEPT).decode("utf-8", "replace")
    return text[-KEPT:], found.st_size > 4 * KEPT or len(text) > KEPT


def _from_a_blank(text: str) -> str:
    """From the first blank on, which no key has; its second half where there is none before."""
    half = len(text) // 2
    blank = re.search(r"\s", text[:half])
    return text[blank.end() if blank is not None else half :]
