"""Files of the project that may call a class: few, tests and near ones first. Only read, and never on the loop."""

from __future__ import annotations

import ast
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from kernelagent.driver.project_file import project_root
from kernelagent.static.parsing import parse

from kernelagent_lsp.edits.files import read_source
from kernelagent_lsp.guessing.calls import Call, calls_in

MOST_FILES = 400
MOST_LISTED = 5_000
MOST_BYTES = 4 << 20
LONGEST = 300_000
LIMIT_S = 1.0

_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "build", "dist", "venv", "env"})


def calls_in_project(path: Path, class_name: str, open_texts: Mapping[str, str]) -> Iterator[Call]:
    """Calls of the class that ``path`` defines, in other files; ``open_texts``: by path, as editors have them now."""
    last = class_name.rpartition(".")[2]
    wanted = re.compile(rf"\b{re.escape(last)}\s*\(")
    deadline, bytes_left = time.monotonic() + LIMIT_S, MOST_BYTES
    for number, file in enumerate(_files(path, deadline)):
        if number >= MOST_FILES or bytes_left < 0 or time.monotonic() > deadline:
            return
        text = open_texts.get(str(file))
        if text is None:
            try:
                if file.stat().st_size > LONGEST:
                    continue
            except OSError:
                continue
            text = read_source(file) or ""
        bytes_left -= len(text)
        if len(text) > LONGEST or not wanted.search(text):
            continue
        try:
            tree = parse(text)
        except (SyntaxError, ValueError):
            continue
        if _imports(tree, path, last):
            yield from calls_in(tree, class_name)


def _files(path: Path, deadline: float) -> list[Path]:
    """Python files of the project: tests and scripts first, then those nearest to ``path``."""
    root = project_root(path)
    found: list[Path] = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        found += [Path(folder, name) for name in sorted(names) if name.endswith(".py")]
        if len(found) > MOST_LISTED or time.monotonic() > deadline:
            break
    own = path.resolve()

    def order(file: Path) -> tuple[bool, int]:
        shared = len(os.path.commonpath([file.parent, path.parent]))
        return not ("test" in file.name or "example" in str(file) or "script" in str(file)), -shared

    return sorted((file for file in found if file != path and file.resolve() != own), key=order)


def _imports(tree: ast.Module, path: Path, name: str) -> bool:
    """Whether the file takes ``name`` from the module at ``path``, or from a package around it."""
    modules = {path.stem, *(parent.name for parent in list(path.parents)[:4])}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            origin = (node.module or "").rpartition(".")[2]
            names = {alias.name for alias in node.names}
            if (name in names or "*" in names) and (origin in modules or (node.level and not origin)):
                return True
            if path.stem in names:
                return True
        elif isinstance(node, ast.Import) and any(alias.name.rpartition(".")[2] == path.stem for alias in node.names):
            return True
    return False
