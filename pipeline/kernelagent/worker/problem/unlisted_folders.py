"""Imports from folders that can be read and not listed, as those on the way to a hidden one are in a sandbox."""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path


@contextlib.contextmanager
def found() -> Iterator[None]:
    """Python's own finder lists a folder once and takes for empty what it may not list; meanwhile the rest is tried by
    name."""
    finder = _ByName()
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _ByName(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        name = fullname.rpartition(".")[2]
        for folder in map(Path, sys.path if path is None else path):
            if not folder.is_dir() or _can_be_listed(folder):
                continue
            package, module = folder / name / "__init__.py", folder / f"{name}.py"
            if package.is_file():
                below = [str(package.parent)]
                return importlib.util.spec_from_file_location(fullname, package, submodule_search_locations=below)
            if module.is_file():
                return importlib.util.spec_from_file_location(fullname, module)
        return None


def _can_be_listed(folder: Path) -> bool:
    try:
        with os.scandir(folder):
            return True
    except OSError:
        return False
