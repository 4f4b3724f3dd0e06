"""Rules of the house that a machine can hold."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from kernelagent.cli.group import COMMANDS
from kernelagent.contract.options import Options
from kernelagent.errors import CATALOGUE
from kernelagent.worker.tasks import TASKS
from source_files import EVERYTHING, ROOT

MANY_THINGS = re.compile(r"util|helper|manager|misc|common", re.IGNORECASE)


@pytest.mark.parametrize("file", EVERYTHING, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_is_a_sentence(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count("\n") <= 500, "most files are under 300 lines"
    assert not MANY_THINGS.search(file.stem)
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)
    if text.strip() and file.name != "__init__.py":
        assert ast.get_docstring(ast.parse(text)), "its first line says what it is for"


def test_each_task_is_a_file_and_a_row() -> None:
    folder = ROOT / "pipeline/kernelagent/worker/tasks"
    assert sorted(TASKS) == sorted(file.stem for file in folder.glob("*.py") if file.stem != "__init__")


def test_each_command_is_a_file_and_a_row() -> None:
    for name in COMMANDS:
        assert (ROOT / f"pipeline/kernelagent/cli/{name}.py").is_file()


def test_each_error_says_what_to_do_and_has_its_anchor() -> None:
    anchors = set(re.findall(r"^### (\w+)$", (ROOT / "docs/errors.md").read_text(encoding="utf-8"), re.MULTILINE))
    groups = {"KernelAgentError", "UsageError", "RunError"}
    leaves = set(CATALOGUE) - groups
    assert all(CATALOGUE[name].hint for name in leaves)
    assert leaves <= anchors, f"docs/errors.md lacks {sorted(leaves - anchors)}"
    assert anchors <= leaves, f"docs/errors.md has {sorted(anchors - leaves)}, which no code raises"


def test_each_error_is_raised_somewhere() -> None:
    source = "\n".join(file.read_text(encoding="utf-8") for file in EVERYTHING if file.name != "errors.py")
    unused = [name for name in CATALOGUE if name not in {"KernelAgentError", "UsageError", "RunError"}]
    unused = [name for name in unused if not re.search(rf"\b{name}\b", source)]
    assert unused == []


def test_defaults_of_the_command_line_are_those_of_the_api() -> None:
    from kernelagent.cli.fuse import command

    with command.make_context("fuse", ["model.py"]) as context:
        defaults = context.params
    for name in ("provider", "route", "device", "mode", "compute", "workers", "max_iters", "samples", "yes", "verify"):
        assert defaults[name] == getattr(Options, name), name
