"""The runs that a kernel or a certificate of the project comes from: they have the verdict, and stay.

A kernel is told by its bytes, without the line that says what it was made from (``# source: …``, an editor's) and
whatever its line ends; a certificate by the hash that it names. A class of which a kernel lies in the project that no
run's bytes equal, as one that was put into its module's file, keeps its newest verified run.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PASSED_OVER = frozenset({"node_modules", "__pycache__", "site-packages", "build", "dist"})
MOST_FILES = 50_000
MOST_BYTES = 8 << 20
_SOURCE = re.compile(rb"^# source: (.+)::([\w.]+) [0-9a-f]{12}[ \t]*\n", re.MULTILINE)
_HASH = re.compile(rb'"kernel_sha256"\s*:\s*"([0-9a-f]{64})"')


@dataclass(frozen=True)
class PointedAt:
    kernels: frozenset[str]
    """SHA-256 of kernels that are used, or that a certificate speaks of."""
    classes: frozenset[tuple[str, str]]
    """``(name of the file, class)`` of those that kernels in the project say that they were made from."""
    is_whole: bool = True
    """All files of the project were looked at."""


def pointed_at(project: Path) -> PointedAt:
    """Read the Python and JSON files of ``project``; hidden folders and environments are passed over."""
    kernels: set[str] = set()
    classes: set[tuple[str, str]] = set()
    seen = 0
    for path in _files(project):
        seen += 1
        if seen > MOST_FILES:
            return PointedAt(frozenset(kernels), frozenset(classes), is_whole=False)
        try:
            if os.path.getsize(path) > MOST_BYTES:
                continue
            content = path.read_bytes()
        except OSError:
            continue
        if path.suffix == ".json":
            kernels.update(found.decode() for found in _HASH.findall(content))
        elif b"triton" in content:
            kernels.add(digest_of(content))
            classes.update(
                (file.decode(errors="replace"), name.decode()) for file, name in _SOURCE.findall(_plain(content))
            )
    return PointedAt(frozenset(kernels), frozenset(classes))


def digest_of(kernel: bytes) -> str:
    """Of a kernel's file, wherever it lies."""
    return hashlib.sha256(_SOURCE.sub(b"", _plain(kernel))).hexdigest()


def _plain(content: bytes) -> bytes:
    return content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")


def _files(project: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(project):
        folders[:] = [
            name
            for name in sorted(folders)
            if not name.startswith(".")
            and name not in _PASSED_OVER
            and not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))
        ]
        yield from (Path(folder, name) for name in sorted(files) if name.endswith((".py", ".json")))
