"""Import the user's file, from its text, under its own name and with its own import root."""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import sys
import traceback
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import torch

from kernelagent.contract.problem import Problem
from kernelagent.errors import (
    ClassNotFound,
    KernelAgentError,
    ModelRaised,
    NotAModule,
    SyntaxErrorInTarget,
    TargetNotFound,
)
from kernelagent.static.wiring import originals
from kernelagent.worker.problem.original_classes import import_originals

PACKAGE = "__init__.py"


def load_class(problem: Problem) -> type[torch.nn.Module]:
    """The class object of ``problem``.

    Raises TargetNotFound, SyntaxErrorInTarget, ModelRaised (the file raised while it was imported), ClassNotFound,
    NotAModule.
    """
    found: Any = namespace_of(problem)
    for part in problem.class_name.split("."):
        found = found.get(part) if isinstance(found, dict) else getattr(found, part, None)
        if found is None:
            raise ClassNotFound(f"{problem.file} defines no {problem.class_name}.", file=problem.file)
    if not (isinstance(found, type) and issubclass(found, torch.nn.Module)):
        raise NotAModule(
            f"{problem.class_name} is not a torch.nn.Module class.", file=problem.file, line=problem.line or None
        )
    return found


class Watcher(Protocol):
    """Looks on while a file's functions run."""

    def watched(self, source: str) -> ast.Module: ...

    def give(self, namespace: dict[str, Any]) -> None: ...


def namespace_of(problem: Problem, watcher: Watcher | None = None) -> dict[str, Any]:
    """The globals of the user's module, imported once in this process; anew for a ``watcher``."""
    path = Path(problem.file)
    name, root = _module_name(path)
    if name in sys.modules and watcher is None:
        return vars(sys.modules[name])
    text = originals(_read(Path(problem.text_file) if problem.text_file else path))
    root_folder = problem.import_root or root
    if root_folder not in sys.path:
        sys.path.insert(0, root_folder)
        import_originals(root_folder)
    try:
        tree = text if watcher is None else watcher.watched(text)
        code = compile(tree, str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as exc:
        line = getattr(exc, "lineno", None)
        message = f"{path.name}, line {line}: {getattr(exc, 'msg', exc)}."
        raise SyntaxErrorInTarget(message, file=str(path), line=line) from exc
    linecache.cache[str(path)] = (len(text), None, [line + "\n" for line in text.split("\n")], str(path))
    earlier = sys.modules.pop(name, None)
    finder = _OfText(name, path, code, watcher)
    sys.meta_path.insert(0, finder)
    try:
        # its packages first, as Python does: they may import it themselves
        return vars(importlib.import_module(name))
    except KernelAgentError:
        raise
    except BaseException as exc:
        if earlier is not None:
            sys.modules.setdefault(name, earlier)
        if isinstance(exc, KeyboardInterrupt):
            raise
        raise ModelRaised(
            f"Importing {path.name} raised {type(exc).__name__}: {exc}",
            hint="Make the file importable by itself: run it with the same interpreter.",
            file=str(path),
            line=line_in(exc, str(path)),
        ) from exc
    finally:
        sys.meta_path.remove(finder)


class _OfText(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the module ``name`` alone, and runs ``code`` for it."""

    def __init__(self, name: str, path: Path, code: types.CodeType, watcher: Watcher | None) -> None:
        self._name, self._path, self._code, self._watcher = name, path, code, watcher

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        below = [str(self._path.parent)] if self._path.name == PACKAGE else None
        return importlib.util.spec_from_file_location(
            fullname, self._path, loader=self, submodule_search_locations=below
        )

    def exec_module(self, module: types.ModuleType) -> None:
        if self._watcher is not None:
            self._watcher.give(vars(module))
        exec(self._code, vars(module))


def line_in(exc: BaseException, path: str) -> int | None:
    """The innermost line of ``path`` on the traceback of ``exc``."""
    lines = [frame.lineno for frame in traceback.extract_tb(exc.__traceback__) if frame.filename == path]
    return lines[-1] if lines else None


def _module_name(path: Path) -> tuple[str, str]:
    """Dotted name and import root: inside a package as Python would import it, so that relative imports work."""
    parts, folder = [] if path.name == PACKAGE else [path.stem], path.parent
    while (folder / PACKAGE).is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    # A lone file gets a name that cannot shadow anything: a model may live in `test.py` or `types.py`.
    is_alone = parts == [path.stem]
    return (f"_fused_{path.stem}" if is_alone else ".".join(parts), str(folder))


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig", newline=None) as stream:
            return stream.read()
    except FileNotFoundError as exc:
        raise TargetNotFound(f"There is no file {path}.") from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise TargetNotFound(f"{path} cannot be read: {exc}.") from exc
