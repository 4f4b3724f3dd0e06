"""Which code is the user's own: not Python's, not installed, not this program's."""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

from kernelagent.worker.problem.imported_files import OURS

_OF_THE_MACHINE = ("/proc", "/sys", "/dev", "/run", "/etc", "/usr/share", "/usr/lib", "/lib")
_CACHES = {"TRITON_CACHE_DIR": "~/.triton", "TORCHINDUCTOR_CACHE_DIR": ""}
"""Variable that names a folder of what is computed anew when it is gone → where it is otherwise."""


class Elsewhere:
    """Where code is that is not the user's own."""

    def __init__(self) -> None:
        self._folders = [OURS, *installed_folders()]
        self._known: dict[str, Path | None] = {}
        """By file: the question is asked thousands of times."""

    def own(self, frame: FrameType) -> Path | None:
        """The user's file that runs in ``frame``; ``None``: another's."""
        name = frame.f_code.co_filename
        if name not in self._known:
            path = Path(name)
            is_own = path.is_absolute() and not any(f in path.parents for f in self._folders)
            self._known[name] = path if is_own else None
        return self._known[name]


def caller_of(frame: FrameType) -> FrameType:
    """Whoever called ``frame``, where that is Python's own library."""
    while is_pythons(frame) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def is_pythons(frame: FrameType) -> bool:
    """Whether ``frame`` runs a function of Python's own library, which asks for whoever called it."""
    return _is_of_python(frame.f_code.co_filename)


@functools.cache
def _is_of_python(name: str) -> bool:
    return name.startswith(("<frozen ", os.path.dirname(os.__file__) + os.sep)) and "-packages" not in name


def installed_folders() -> Iterable[Path]:
    """Where Python and what is installed for it are, and caches."""
    named = [os.environ.get(variable) or default for variable, default in _CACHES.items()]
    # PyTorch's own choice: a folder named so, with the user's name, among temporary files
    caches = [entry for entry in Path(tempfile.gettempdir()).glob("torchinductor_*")]
    names = [*sysconfig.get_paths().values(), *_OF_THE_MACHINE, *(name for name in named if name)]
    standard = [Path(os.path.expanduser(name)).resolve() for name in names]
    installed = [Path(entry).resolve() for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]
    return dict.fromkeys([*standard, *installed, *caches])
