"""Which problems a batch has: folders, files, globs and ``FILE::CLASS`` as targets, each once, in a stable order."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from kernelagent.driver.modules import modules_in
from kernelagent.driver.target import Target, parse_target, read_source
from kernelagent.errors import KernelAgentError, TargetNotFound

_LEFT_OUT = {"__pycache__", "node_modules", "site-packages"}
"""Folders below a given one in which nobody keeps problems; so are those whose name begins with a dot."""


def problems(paths: Iterable[str]) -> list[Target]:
    """The targets that ``paths`` mean. Raises ``TargetNotFound`` where one of them means none.

    A folder is searched, also below, for Python files that define a module; files that cannot be read as Python are
    passed over there. A file that is named is taken as it is: what is wrong with it is said when its turn comes.
    """
    found: dict[str, Target] = {}
    for text in paths:
        before = len(found)
        named = False
        for target in _targets(text):
            named = True
            found.setdefault(str(target), target)
        if not named and len(found) == before:
            raise TargetNotFound(
                f"{text} means no problem: there is no such file, and no Python file with an nn.Module below it.",
                hint="Name a folder, a file, FILE.py::CLASS, or a pattern in quotes such as 'models/*.py'.",
            )
    return list(found.values())


def _targets(text: str) -> Iterator[Target]:
    path = Path(text)
    if path.is_dir():
        for file in sorted(path.rglob("*.py"), key=_natural):
            if not _hidden(file.relative_to(path)) and _has_module(file):
                yield Target(file, None)
    elif path.is_file():
        yield Target(path, None)
    elif "::" in text:
        yield parse_target(text)
    else:
        for name in sorted(glob.glob(text, recursive=True), key=_natural):
            file = Path(name)
            if file.suffix == ".py" and _has_module(file):
                yield Target(file, None)


def _has_module(file: Path) -> bool:
    try:
        return bool(modules_in(read_source(Target(file, None)).text))
    except (KernelAgentError, SyntaxError, ValueError, RecursionError):
        return False


def _hidden(below: Path) -> bool:
    return any(part.startswith(".") or part in _LEFT_OUT for part in below.parts)


def _natural(path: Path | str) -> list[tuple[bool, int, str]]:
    """``9_a.py`` before ``10_b.py``."""
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", str(path))]
