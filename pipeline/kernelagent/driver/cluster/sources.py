"""The files that a module's file needs where it is to run: itself, what it imports of its project, the project's table.

They are told by the texts alone. Files that a module reads while it runs are not among them until it has run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from kernelagent.driver.project_file import project_root
from kernelagent.static.parsing import parse

MOST_FILES = 2000
_PROJECT = "pyproject.toml"


def sources_of(file: Path) -> tuple[Path, dict[str, Path]]:
    """The project's folder, and the files by their names from there."""
    start = file.absolute()
    root = project_root(start)
    found: dict[Path, None] = {start: None}
    waiting = [start]
    while waiting and len(found) < MOST_FILES:
        for path in _imported(waiting.pop(), root):
            if path not in found:
                found[path] = None
                waiting.append(path)
    if (root / _PROJECT).is_file():
        found[root / _PROJECT] = None
    return root, {path.relative_to(root).as_posix(): path for path in found}


def _imported(file: Path, root: Path) -> Iterator[Path]:
    """Files below ``root`` that ``file`` may import, with the packages that they lie in."""
    try:
        tree = parse(file.read_text(encoding="utf-8-sig"))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    yield from _packages_around(file, root)
    places = _places(file, root)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _found(alias.name.split("."), places, root)
        elif isinstance(node, ast.ImportFrom):
            base = node.module.split(".") if node.module else []
            if node.level:
                above = file.parent
                for _ in range(node.level - 1):
                    above = above.parent
                where = [above] if above.is_relative_to(root) else []
            else:
                where = places
            yield from _found(base, where, root)
            for alias in node.names:
                yield from _found([*base, alias.name], where, root)


def _places(file: Path, root: Path) -> list[Path]:
    """Folders from which a name may be imported: the file's own, where its package begins, the project's."""
    outermost = file.parent
    while outermost != root and (outermost / "__init__.py").is_file():
        outermost = outermost.parent
    return list(dict.fromkeys((file.parent, outermost, root, root / "src")))


def _packages_around(file: Path, root: Path) -> Iterator[Path]:
    folder = file.parent
    while folder.is_relative_to(root) and (folder / "__init__.py").is_file():
        yield folder / "__init__.py"
        if folder == root:
            return
        folder = folder.parent


def _found(parts: list[str], places: list[Path], root: Path) -> Iterator[Path]:
    """``a.b`` as ``a/__init__.py`` and ``a/b.py`` or ``a/b/__init__.py``, in the first place that has ``a``."""
    for place in places:
        folder, any_found = place, False
        for part in parts:
            for path in (folder / part / "__init__.py", folder / f"{part}.py"):
                if path.is_file() and path.resolve().is_relative_to(root.resolve()):
                    any_found = True
                    yield path
                    break
            folder = folder / part
        if any_found:
            return
