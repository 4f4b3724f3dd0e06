"""Which files are meant by paths on a command line, and their text as it lies on disk."""

from __future__ import annotations

import glob
import io
import os
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_LEFT_OUT = frozenset({"__pycache__", "node_modules", "venv", "build", "dist", "site-packages"})


@dataclass(frozen=True)
class FileText:
    """A file's text, its line ends and its byte order mark untouched."""

    path: Path
    text: str
    encoding: str

    def write(self, text: str) -> None:
        """Put ``text`` into the file. Raises ``OSError`` and ``UnicodeEncodeError``."""
        self.path.write_bytes(text.encode(self.encoding))


def read(path: Path) -> FileText:
    """Raises ``OSError``, and ``SyntaxError`` or ``UnicodeDecodeError`` where its bytes are no text."""
    data = path.read_bytes()
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    if encoding == "utf-8-sig":
        encoding = "utf-8"  # the mark stays in the text
    return FileText(path, data.decode(encoding), encoding)


def python_files(paths: Iterable[str]) -> Iterator[Path | str]:
    """The files that ``paths`` mean, each once: files, folders with all that is in them, and patterns (``**`` too).
    A path that means nothing comes back as it was written."""
    seen: set[str] = set()
    for given in paths:
        found = list(_files(given))
        if not found:
            yield given
        for path in found:
            if os.path.realpath(path) not in seen:
                seen.add(os.path.realpath(path))
                yield path


def _files(given: str) -> Iterator[Path]:
    path = Path(given)
    if path.is_dir():
        yield from _inside(path)
    elif path.exists():
        yield path
    elif glob.has_magic(given):
        for match in sorted(glob.glob(given, recursive=True)):
            yield from _files(match)


def _inside(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _LEFT_OUT)
        for name in sorted(names):
            if name.endswith(".py"):
                yield Path(root, name)
