"""What the module looks for, finds and does not find, and the folders that it lists: with another file there, it may be
another module.

``open`` and the listing of a folder are told by Python (:pep:`578`); for ``exists`` and its like there is no event, so
``os.stat``, ``os.lstat`` and ``os.access`` are watched. A failed import comes last to the end of ``sys.meta_path``.
What the user's code asks for, be it through Python's own library, is told apart from what a library looks for, which is
its own unless it lies in the project.
"""

from __future__ import annotations

import functools
import importlib.machinery
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar

from kernelagent.worker.problem import audited
from kernelagent.worker.problem.imported_files import OURS
from kernelagent.worker.problem.own_code import Elsewhere, caller_of

_STAT = os.stat
_FORMS = ("/__init__.py", ".py", importlib.machinery.EXTENSION_SUFFIXES[0])
"""What an import takes for a module of the name."""


class AbsentFiles:
    """Of this process from now on, until it ends or another begins to watch. Paths are absolute."""

    _watching: ClassVar[AbsentFiles | None] = None

    def __init__(self) -> None:
        if AbsentFiles._watching is not None:
            AbsentFiles._watching.close()
        AbsentFiles._watching = self
        self._absent: dict[str, None] = {}
        self._by_others: dict[str, None] = {}
        self._listed: dict[str, None] = {}
        self._found: dict[str, None] = {}
        self._elsewhere = Elsewhere()
        library = os.path.realpath(os.path.dirname(os.__file__))
        self._of_python = {library, os.path.join(library, "lib-dynload")}
        self._real = {name: getattr(os, name) for name in ("stat", "lstat", "access")}
        for name, real in self._real.items():
            _replace(name, functools.partial(self._allowed if name == "access" else self._watched, real))
        self._finder: Any = _LastFinder(self._missed)
        sys.meta_path.append(self._finder)
        audited.listen("files looked for", ("open", "os.listdir", "os.scandir"), self._told)

    def close(self) -> None:
        """Another watches from now on."""
        for name, real in self._real.items():
            setattr(os, name, real)
        sys.meta_path.remove(self._finder)

    def absent(self) -> list[str]:
        """What the user's code looked for or imported, and is still not there."""
        return [path for path in self._absent if not _is_there(path)]

    def absent_for_others(self) -> list[str]:
        """What other code looked for, and is still not there."""
        return [path for path in self._by_others if not _is_there(path)]

    def found(self) -> list[str]:
        """What the user's code looked for and found."""
        return list(self._found)

    def listed(self) -> list[str]:
        return list(self._listed)

    def _told(self, event: str, args: tuple[Any, ...]) -> None:
        frame = sys._getframe(2)
        if frame.f_code.co_filename.startswith("<frozen "):
            return  # an import looks round
        if event == "open":
            path, _, flags = args
            if isinstance(path, (str, bytes)) and not (flags or 0) & os.O_CREAT and not _is_there(path):
                self._miss(frame, path)
        elif self._is_users(frame):
            self._note(self._listed, args[0] or ".")

    def _watched(self, real: Callable[..., Any], path: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            found = real(path, *args, **kwargs)
        except (FileNotFoundError, NotADirectoryError):
            self._miss(sys._getframe(1), path)
            raise
        if self._is_users(sys._getframe(1)):
            self._note(self._found, path)
        return found

    def _allowed(self, real: Callable[..., bool], path: Any, *args: Any, **kwargs: Any) -> bool:
        allowed = real(path, *args, **kwargs)
        if not allowed and not _is_there(path):
            self._miss(sys._getframe(1), path)
        elif self._is_users(sys._getframe(1)):
            self._note(self._found, path)
        return allowed

    def _miss(self, frame: FrameType, path: Any) -> None:
        if self._is_users(frame):
            self._note(self._absent, path)
        elif OURS not in Path(caller_of(frame).f_code.co_filename).parents:
            self._note(self._by_others, path)

    def _missed(self, name: str, folders: Sequence[str]) -> None:
        if self._is_users(sys._getframe(2)):
            for folder in folders:
                if not os.path.isdir(folder) or os.path.realpath(folder) in self._of_python:
                    continue
                for form in _FORMS:
                    self._note(self._absent, os.path.join(folder, name.rpartition(".")[2] + form))

    def _is_users(self, frame: FrameType) -> bool:
        return self._elsewhere.own(caller_of(frame)) is not None

    def _note(self, kind: dict[str, None], path: Any) -> None:
        if isinstance(path, (str, bytes, os.PathLike)):
            whole = os.path.abspath(os.fsdecode(path))
            if not os.path.basename(whole).startswith("<"):  # text without a file, whose lines somebody wanted
                kind.setdefault(whole)


class _LastFinder:
    """Asked for a module that nobody before has found; finds nothing itself."""

    def __init__(self, missed: Callable[[str, Sequence[str]], None]) -> None:
        self._missed = missed

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> None:
        self._missed(name, [entry or os.getcwd() for entry in (sys.path if path is None else path)])


def _replace(name: str, watched: Callable[..., Any]) -> None:
    """``os`` names in sets which of its functions take a descriptor or follow no links."""
    real = getattr(os, name)
    setattr(os, name, watched)
    for supported in (os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks, os.supports_effective_ids):
        if real in supported:
            supported.add(watched)


def _is_there(path: Any) -> bool:
    try:
        _STAT(path)
    except (OSError, ValueError):
        return False
    return True
