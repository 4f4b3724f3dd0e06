"""The source files of each room, and what they import."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {
    "contract": [*(ROOT / "pipeline/kernelagent/contract").rglob("*.py"), ROOT / "pipeline/kernelagent/errors.py"],
    "static": [*(ROOT / "pipeline/kernelagent/static").rglob("*.py")],
    "lint": [*(ROOT / "pipeline/kernelagent/lint").rglob("*.py")],
    "driver": [*(ROOT / "pipeline/kernelagent/driver").rglob("*.py")],
    "cli": [
        *(ROOT / "pipeline/kernelagent/cli").rglob("*.py"),
        ROOT / "pipeline/kernelagent/kernel_agent.py",
    ],
    "ui": [*(ROOT / "pipeline/kernelagent/ui").rglob("*.py")],
    "api": [
        ROOT / "pipeline/kernelagent/api.py",
        ROOT / "pipeline/kernelagent/testing.py",
        ROOT / "pipeline/kernelagent/pytest_plugin.py",
        *(ROOT / "pipeline/kernelagent/live").rglob("*.py"),
    ],
    "compat": [*(ROOT / "pipeline/compat").rglob("*.py")],
    "worker": [*(ROOT / "pipeline/kernelagent/worker").rglob("*.py")],
    "synth": [*(ROOT / "pipeline/kernelagent/worker/synth").rglob("*.py")],
    "server": [*(ROOT / "server/kernelagent_lsp").rglob("*.py")],
}
EVERYTHING = sorted({file for files in ROOMS.values() for file in files} | {ROOT / "pipeline/kernelagent/__init__.py"})


def imports_of(file: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that ``file`` imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno} imports relatively"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def is_standard(name: str) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names
