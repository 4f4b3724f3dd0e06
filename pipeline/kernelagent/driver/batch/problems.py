"""Which problems a batch has: folders, files, globs, ``FILE::CLASS``, classes of installed packages and lists of these,
each once, in a stable order."""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kernelagent.contract.options import Options
from kernelagent.driver.batch.installed import installed, is_module_target, key_in_project
from kernelagent.driver.batch.target_lists import targets_in
from kernelagent.driver.modules import modules_in
from kernelagent.driver.project_file import ModuleTable, named_table
from kernelagent.driver.target import Target, parse_target, read_source
from kernelagent.errors import KernelAgentError, TargetNotFound

_LEFT_OUT = {"__pycache__", "node_modules", "site-packages"}
"""Folders below a given one in which nobody keeps problems; so are those whose name begins with a dot."""


_SPEAKS_OF_A_MODULE = re.compile(r"^[ \t]*class\s+\w+\s*\(.*\bModule\b", re.MULTILINE)


@dataclass(frozen=True)
class Asked:
    """A problem, and what is said of it elsewhere than in its own project."""

    target: Target
    table: ModuleTable | None = None
    """Of a class of an installed package: this project's table for it."""
    inputs_belong: str = ""
    """Where such a table is looked for, as a sentence."""
    package: str = ""
    """``pkg.mod:Class``, where it was asked for so."""

    def options(self, options: Options) -> Options:
        """``options``, with what the table says and they don't."""
        if self.table is None:
            return options
        mode = options.mode if options.mode != "constructed" else self.table.mode or "constructed"
        inputs, init = options.inputs or self.table.inputs or None, options.init or self.table.init
        return replace(options, inputs=inputs, init=init, mode=mode)


@dataclass(frozen=True)
class _Named:
    """As it was typed, or as it stands in a list."""

    text: str
    folder: Path | None = None
    """From which its path counts; ``None``: the current one."""
    where: str = ""

    @property
    def path(self) -> str:
        return self.text if self.folder is None else str(self.folder / self.text)


def problems(
    paths: Iterable[str], lists: Sequence[str] = (), *, interpreter: Callable[[], str] = lambda: ""
) -> list[Asked]:
    """The problems that ``paths`` and the files ``lists`` mean; ``interpreter`` is asked for where a class of an
    installed package is among them. Raises ``TargetNotFound`` where one of them means none.

    A folder is searched, also below, for Python files that define a module; a file that is no Python is one of them if
    its text speaks of a class of ``nn.Module``. A file that is named is taken as it is: what is wrong with it is said
    when its turn comes.
    """
    named = list(_named(paths, lists))
    modules = [one.text for one in named if _is_of_package(one)]
    of_packages = iter(installed(modules, interpreter()) if modules else ())
    found: dict[str, Asked] = {}
    for one in named:
        before = len(found)
        any_found = False
        for asked in (_of_package(one.text, next(of_packages)),) if _is_of_package(one) else _targets(one.path):
            any_found = True
            found.setdefault(str(asked.target), asked)
        if not any_found and len(found) == before:
            raise TargetNotFound(
                f"{one.where}{': ' if one.where else ''}{one.text} means no problem: there is no such file, and no "
                "Python file with an nn.Module below it.",
                hint="Name a folder, a file, FILE.py::CLASS, pkg.mod:CLASS, @FILE with a target a line, or a pattern "
                "in quotes such as 'models/*.py'.",
            )
    if not found:
        raise TargetNotFound("No problem is named.", hint="The lists of targets are empty.")
    return list(found.values())


def _named(paths: Iterable[str], lists: Iterable[str]) -> Iterator[_Named]:
    for text in (*paths, *(f"@{name}" for name in lists)):
        if text.startswith("@") and not Path(text).exists():
            file = Path(text[1:])
            yield from (_Named(target, file.parent, where) for target, where in targets_in(file))
        else:
            yield _Named(text)


def _is_of_package(one: _Named) -> bool:
    return is_module_target(one.text) and not Path(one.path).exists()


def _of_package(name: str, target: Target) -> Asked:
    pyproject, table = named_table(Path.cwd() / "here", name.replace(":", "."))
    belong = f"Say it in {pyproject}, as inputs of [tool.kernelagent.modules.{key_in_project(name)}]."
    return Asked(target, table, belong, name)


def _targets(text: str) -> Iterator[Asked]:
    path = Path(text)
    if path.is_dir():
        for file in sorted(path.rglob("*.py"), key=_natural):
            if not _hidden(file.relative_to(path)) and _has_module(file):
                yield Asked(Target(file, None))
    elif path.is_file():
        yield Asked(Target(path, None))
    elif "::" in text:
        yield Asked(parse_target(text))
    else:
        for name in sorted(glob.glob(text, recursive=True), key=_natural):
            file = Path(name)
            if file.suffix == ".py" and _has_module(file):
                yield Asked(Target(file, None))


def _has_module(file: Path) -> bool:
    try:
        text = read_source(Target(file, None)).text
    except (KernelAgentError, ValueError):
        return False
    try:
        return bool(modules_in(text))
    except (SyntaxError, ValueError, RecursionError):
        return _SPEAKS_OF_A_MODULE.search(text) is not None


def _hidden(below: Path) -> bool:
    return any(part.startswith(".") or part in _LEFT_OUT for part in below.parts)


def _natural(path: Path | str) -> list[tuple[bool, int, str]]:
    """``9_a.py`` before ``10_b.py``."""
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", str(path))]
