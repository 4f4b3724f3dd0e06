"""Files that the module reads while it is imported, constructed or run: a verdict speaks of what was in them too.

Python tells of every file that it opens (:pep:`578`). What a library opens by itself, in C or Rust, is not seen.
"""

from __future__ import annotations

import os
import stat
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kernelagent.contract.file_digest import sha256_of
from kernelagent.contract.problem import DataFile, Problem
from kernelagent.worker.problem.imported_files import OURS, imported_files

MOST_BYTES = 1 << 30
"""A larger file is named and not hashed: that would take longer than the verdict."""
MOST_FILES = 1000
_BESIDE_CODE = ("__pycache__", ".egg-info", ".dist-info")
_OF_THE_MACHINE = ("/proc", "/sys", "/dev", "/run", "/etc", "/usr/share", "/usr/lib", "/lib")
_CACHES = {"TRITON_CACHE_DIR": "~/.triton", "TORCHINDUCTOR_CACHE_DIR": ""}
"""Variable that names a folder of what is computed anew when it is gone → where it is otherwise."""


class Reads:
    """What this process opens for reading from now on. An audit hook stays until its process ends, as this does."""

    def __init__(self) -> None:
        self._paths: dict[str, None] = {}
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
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
            texts.add(Path(problem.live.file).resolve())
        imported = {file.path for file in imported_files(problem)}
        elsewhere = [*installed_folders(), *(path.resolve() for path in besides), OURS]
        found: dict[str, DataFile] = {}
        for opened in list(self._paths):
            path = Path(os.path.realpath(opened))
            name = os.path.relpath(path, source.parent).replace(os.sep, "/")
            if path in texts or name in imported or path.parent.name.endswith(_BESIDE_CODE):
                continue
            if any(f == path or f in path.parents for f in elsewhere):
                continue
            entry = _hashed(path, name, len(found) < MOST_FILES)
            if entry is not None:
                found[name] = entry
        return tuple(entry for _, entry in sorted(found.items()))


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


def installed_folders() -> Iterable[Path]:
    """Where Python and what is installed for it are, and caches."""
    named = [os.environ.get(variable) or default for variable, default in _CACHES.items()]
    # PyTorch's own choice: a folder named so, with the user's name, among temporary files
    caches = [entry for entry in Path(tempfile.gettempdir()).glob("torchinductor_*")]
    names = [*sysconfig.get_paths().values(), *_OF_THE_MACHINE, *(name for name in named if name)]
    standard = [Path(os.path.expanduser(name)).resolve() for name in names]
    installed = [Path(entry).resolve() for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]
    return dict.fromkeys([*standard, *installed, *caches])
