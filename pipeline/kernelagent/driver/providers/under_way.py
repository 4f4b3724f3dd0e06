"""What requests that are under way have used so far, in a file that outlives its process, however that ends: the lock
on it says whether the process is alive."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from kernelagent.contract.codec import parse_json

ENDING = ".open"
Figures = Mapping[str, float]


class UnderWay:
    """Of one process; the file is there while any request is under way. A system without such locks has none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._of_name: dict[str, Figures] = {}
        self._path = folder
        self._file: int | None = None
        self._length = 0

    def note(self, name: str, so_far: Figures) -> None:
        """``so_far`` is what the request ``name`` has used up to now. What a disk refuses is not noted."""
        with self._lock, contextlib.suppress(OSError):
            self._of_name[name] = so_far
            self._write()

    def end(self, name: str) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._of_name.pop(name, None) is None or self._file is None:
                return
            self._write()
            if not self._of_name:
                self._path.unlink(missing_ok=True)
                os.close(self._file)
                self._file, self._length = None, 0

    def _write(self) -> None:
        if self._file is None and not self._open():
            return
        assert self._file is not None
        data = json.dumps(self._of_name).encode()
        self._length = max(self._length, len(data))
        os.pwrite(self._file, data.ljust(self._length), 0)  # one write, never shortened: a kill leaves old or new

    def _open(self) -> bool:
        try:
            import fcntl
        except ImportError:
            return False
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path = self._folder / f"{secrets.token_hex(8)}{ENDING}"
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._path.unlink(missing_ok=True)
            os.close(file)
            return False
        self._file = file
        return True


@contextlib.contextmanager
def _of_the_dead(path: Path) -> Iterator[bytes | None]:
    """What the file holds; ``None`` while its process is alive."""
    import fcntl

    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield os.pread(file, os.fstat(file).st_size, 0)
    except BlockingIOError:
        yield None
    finally:
        os.close(file)


def left_behind(folder: Path) -> Iterator[tuple[Path, dict[str, Figures]]]:
    """Files of processes that ended in the middle of requests, and what these had used by their names. To be called
    where no other process calls it, or makes such a file, meanwhile."""
    for path in sorted(folder.glob(f"*{ENDING}")):
        with contextlib.suppress(ImportError, OSError), _of_the_dead(path) as data:
            if data is not None:
                yield path, _read(data)


def _read(data: bytes) -> dict[str, Figures]:
    try:
        found = parse_json(data)
    except ValueError:
        return {}
    entries = found.items() if isinstance(found, dict) else ()
    return {name: figures for name, figures in entries if isinstance(figures, dict)}
