"""Writes the pages of the reference that the code itself can tell: ``python scripts/reference.py``.

They are checked in, so that they can be read on GitHub, and a test (``tests/docs/test_reference.py``) holds them to the
code. Each function gives one page.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from kernelagent.cli import batch_diff
from kernelagent.cli.group import cli
from kernelagent.driver.checks import CHECKS
from kernelagent.errors import CATALOGUE, KernelAgentError
from kernelagent_lsp.actions import ACTIONS
from kernelagent_lsp.commands import COMMANDS
from kernelagent_lsp.configuration.book import PROJECTS
from kernelagent_lsp.configuration.options import NAMES
from kernelagent_lsp.methods import METHODS

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs/reference"
MADE = "<!-- Written by scripts/reference.py from the code: change that, not this page. -->"


def commands() -> str:
    """Every command with its arguments and options, from the parsers."""
    parts = [
        "# Commands and options",
        MADE,
        "What `--help` says, in one place. Exit statuses, the run directory and `result.json` are on the page of the "
        "[command line](../command-line.md).",
    ]
    context = click.Context(cli, info_name="kernelagent")
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        parts += _command(command, click.Context(command, info_name=name, parent=context))
        if name == "batch":
            parts += _command(
                batch_diff.command, click.Context(batch_diff.command, info_name="batch diff", parent=context)
            )
    return "\n\n".join(parts) + "\n"


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {context.command_path}"
    yield f"```text\n{context.command_path} {' '.join(command.collect_usage_pieces(context))}\n```"
    yield _escaped(inspect.cleandoc(command.help or "").replace("\b\n", ""))
    rows = [
        (f"`{record[0]}`", _escaped(record[1]))
        for parameter in command.get_params(context)
        if (record := parameter.get_help_record(context)) is not None and record[1] and "--help" not in record[0]
    ]
    if rows:
        yield _table(("option", "meaning"), rows)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _command(inner, click.Context(inner, info_name=name, parent=context))


def settings() -> str:
    """The server's settings, with the types and defaults that the VS Code extension declares."""
    package = json.loads((ROOT / "vscode-client/package.json").read_text(encoding="utf-8"))
    declared: dict[str, dict[str, Any]] = package["contributes"]["configuration"]["properties"]
    rows = [
        (f"`{name}`", _values(entry), f"`{json.dumps(entry['default'])}`", _description(entry), _who(name))
        for key, entry in declared.items()
        if (name := key.removeprefix("kernelagent.")) in NAMES
    ]
    own = [
        (f"`{key}`", _values(entry), f"`{json.dumps(entry['default'])}`", _description(entry))
        for key, entry in declared.items()
        if key.removeprefix("kernelagent.") not in NAMES
    ]
    return (
        "\n\n".join(
            [
                "# Editor settings",
                MADE,
                "All are in the section `kernelagent`, in every editor. Where they are looked for, and which of them a "
                "project may say in `[tool.kernelagent.editor]`, is told in "
                "[configuration](../configuration.md#editor-settings).",
                _table(("setting", "values", "default", "meaning", "said by"), rows),
                "## Of the VS Code extension alone",
                _table(("setting", "values", "default", "meaning"), own),
            ]
        )
        + "\n"
    )


def _values(entry: dict[str, Any]) -> str:
    if "enum" in entry:
        return ", ".join(f"`{value}`" for value in entry["enum"])
    kind = entry["type"]
    kinds = [kind] if isinstance(kind, str) else kind
    told = " or ".join("a list of texts" if each == "array" else each for each in kinds)
    return f"{told} from {entry['minimum']} to {entry['maximum']}" if "maximum" in entry else told


def _description(entry: dict[str, Any]) -> str:
    text = entry.get("markdownDescription") or entry["description"]
    told = zip(entry.get("enum", []), entry.get("enumDescriptions", []), strict=False)
    each = [f"`{value}`: {meaning}" for value, meaning in told]
    return _escaped(re.sub(r"`#([\w.]+)#`", r"`\1`", " ".join([text, *each])))


def _who(name: str) -> str:
    return "editor, project" if name in PROJECTS else "editor"


def language_server() -> str:
    """The server's methods, commands and code actions: the first words of each one's file."""
    methods = [(f"`{method}`", _told(handle).partition(": ")[2]) for method, _, handle in METHODS]
    orders = []
    for name, run in COMMANDS.items():
        takes, _, gives = _told(run).partition(" → ")
        orders.append((f"`{name}`", takes.replace(f"{name} ", "").strip(), gives))
    actions = [(f"`{kind}`", _told(prepare)) for kind, prepare in ACTIONS.items()]
    return (
        "\n\n".join(
            [
                "# Language server",
                MADE,
                "What `kernelagent-lsp` answers to, in any editor; what it asks of a client is on the page of "
                "[other editors](../editors/other.md).",
                "## Commands",
                "Each takes one JSON object. A command answers at once; long work is a job.",
                _table(("command", "takes", "gives"), orders),
                "## Code actions",
                _table(("kind", "title and when"), actions),
                "## Methods",
                _table(("method", "what happens"), methods),
            ]
        )
        + "\n"
    )


def errors() -> str:
    """The catalogue: exit status and advice of each error."""
    rows = [
        (f"[`{name}`](../errors.md#{name.lower()})", str(error.exit_status), _escaped(error.hint))
        for name, error in CATALOGUE.items()
        if _is_raised(error)
    ]
    return (
        "\n\n".join(
            [
                "# The catalogue of errors",
                MADE,
                "`code` in `result.json`, the code of a diagnostic, and the class in `kernelagent.errors`. The link "
                "leads to why it comes.",
                _table(("error", "exit status", "what it tells you to do, where it knows nothing more exact"), rows),
            ]
        )
        + "\n"
    )


def _is_raised(error: type[KernelAgentError]) -> bool:
    return not error.__subclasses__()


def checks() -> str:
    """The judge's checks, in the order of its table."""
    verification = (ROOT / "docs/verification.md").read_text(encoding="utf-8")
    rows = []
    for number, check in enumerate(CHECKS, 1):
        name = check.__module__.rpartition(".")[2].replace("_", " ")
        assert f"\n### {name}\n" in verification, name
        rows.append((str(number), f"[{name}](../verification.md#{name.replace(' ', '-')})", _told(check)))
    return (
        "\n\n".join(
            [
                "# The judge's checks",
                MADE,
                "In this order, cheapest first. All of them run, so that one report tells everything; one that has "
                "nothing to look at says nothing.",
                _table(("", "check", "what must hold, or what it tells"), rows),
            ]
        )
        + "\n"
    )


def _told(function: Callable[..., Any]) -> str:
    """The first paragraph of the file that a function is in, as Markdown."""
    file = inspect.getsourcefile(function)
    assert file is not None
    text = ast.get_docstring(ast.parse(Path(file).read_text(encoding="utf-8")))
    assert text, file
    return _escaped(text.partition("\n\n")[0].replace("``", "`"))


def _escaped(text: str) -> str:
    """As Markdown that shows it: what is not in code and would be taken for HTML or emphasis is escaped."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(
        piece if piece.startswith("`") else piece.replace("<", "&lt;").replace("*", r"\*") for piece in pieces
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    def line(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(" ".join(cell.split()).replace("|", r"\|") for cell in cells) + " |"

    return "\n".join([line(head), "|" + "---|" * len(head), *map(line, rows)])


PAGES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "language-server": language_server,
    "errors": errors,
    "checks": checks,
}


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / f"{name}.md").write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
