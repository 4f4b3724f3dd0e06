"""Files that the module reads while it is imported, constructed or run, or looks for: a verdict speaks of what was in
them too, and of those that were not there.

Python tells of every file that it opens (:pep:`578`). What a library opens by itself, in C or Rust, is not seen.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from kernelagent.contract.file_digest import sha256_of, sha256_of_names
from kernelagent.contract.problem import DataFile, Problem
from kernelagent.worker.problem import audited
from kernelagent.worker.problem.absent_files import AbsentFiles
from kernelagent.worker.problem.imported_files import OURS, imported_files
from kernelagent.worker.problem.own_code import installed_folders

MOST_BYTES = 1 << 30
"""A larger file is named and not hashed: that would take longer than the verdict."""
MOST_FILES = 1000
_Told = Callable[[Path, str, bool], "DataFile | None"]
"""What is said of a path, by its name; ``False``: there are too many already."""
_BESIDE_CODE = ("__pycache__", ".egg-info", ".dist-info")


class Reads:
    """What this process opens for reading from now on, until another begins."""

    def __init__(self) -> None:
        self._paths: dict[str, None] = {}
        self._absent = AbsentFiles()
        audited.listen("files read", ("open",), self._opened)

    def _opened(self, event: str, args: tuple[Any, ...]) -> None:
        path, mode, flags = args
        writes = (flags or 0) & os.O_ACCMODE == os.O_WRONLY if mode is None else mode[:1] in "wxa"
        if isinstance(path, (str, bytes)) and not writes:
            self._paths.setdefault(os.path.abspath(os.fsdecode(path)))

    def files(self, problem: Problem, besides: Iterable[Path] = ()) -> tuple[DataFile, ...]:
        """Those that are the module's data, with code that it reads otherwise than by importing it: nothing installed
        or of the system's, nothing in ``besides``, and not the text of the module itself, wherever it is read."""
        source = Path(problem.file).resolve()
        texts = {source, Path(problem.text_file).resolve() if problem.text_file else source}
        if problem.live is not None:  # the problem's own digest speaks of it
            texts |= {Path(problem.live.file).resolve(), Path(problem.live.called).resolve()}
        imported = {file.path for file in imported_files(problem)}
        own = [OURS, *(path.resolve() for path in besides)]
        elsewhere = [*installed_folders(), *own]
        kinds: list[tuple[list[str], _Told, list[Path]]] = [
            (self._absent.absent(), _absent, own),
            ([path for path in self._absent.absent_for_others() if _is_in(path, source.parent)], _absent, elsewhere),
            (self._absent.found(), _there, own),
            (self._absent.listed(), _listed, own),
            (list(self._paths), _hashed, elsewhere),
        ]
        found: dict[str, DataFile] = {}
        for asked, told, skipped in ((path, told, skipped) for paths, told, skipped in kinds for path in paths):
            path = Path(os.path.realpath(asked))
            # a link is compared by its own name: it may lead elsewhere
            named = os.path.join(os.path.realpath(os.path.dirname(asked)), os.path.basename(asked))
            name = os.path.relpath(named, source.parent).replace(os.sep, "/")
            if path in texts or name in imported or path.parent.name.endswith(_BESIDE_CODE):
                continue
            if any(f == path or f in path.parents for f in skipped):
                continue
            entry = told(path, name, len(found) < MOST_FILES)
            if entry is not None:
                found[name] = entry
        return tuple(entry for _, entry in sorted(found.items()))


def _is_in(path: str, folder: Path) -> bool:
    return any(path.startswith(os.path.join(parent, "")) for parent in (str(folder), os.getcwd()))


def _hashed(path: Path, name: str, is_wanted: bool) -> DataFile | None:
    """``None`` for what is gone or no regular file."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return None
        if status.st_size > MOST_BYTES:
            return DataFile(name, unhashed=f"it has {status.st_size:,} bytes")
        if not is_wanted:
            return DataFile(name, unhashed=f"the module reads more than {MOST_FILES} files")
        with path.open("rb") as stream:
            return DataFile(name, sha256_of(stream))
    except FileNotFoundError:
        return None
    except OSError as exc:
        return DataFile(name, unhashed=f"it cannot be read: {exc.strerror or exc}")


def _absent(path: Path, name: str, is_wanted: bool) -> DataFile | None:
    return DataFile(name, kind="absent") if is_wanted else None


def _there(path: Path, name: str, is_wanted: bool) -> DataFile | None:
    """A file by what is in it, for its size may have been asked for."""
    if path.is_dir():
        return DataFile(name, kind="there") if is_wanted else None
    return _hashed(path, name, is_wanted)


def _listed(path: Path, name: str, is_wanted: bool) -> DataFile | None:
    with contextlib.suppress(OSError):
        return DataFile(name, sha256_of_names(path), kind="folder") if is_wanted else None
    return None
