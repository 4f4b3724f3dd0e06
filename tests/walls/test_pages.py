"""The pages: links lead somewhere, commands and options that they name exist, examples are complete."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import click
import pytest
from kernelagent.cli.group import COMMANDS, cli

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib
from source_files import ROOT

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.md")]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith(("http:", "https:")):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor.lower() in anchors_of(linked), f"{page.name} links to {target}"


def test_the_command_line_page_names_every_command_and_option() -> None:
    text = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
    context = click.Context(cli)
    for name in COMMANDS:
        assert re.search(rf"`{name}\b", text), name
        command = cli.get_command(context, name)
        assert command is not None
        for parameter in command.params:
            for option in parameter.opts if isinstance(parameter, click.Option) else ():
                assert f"`{option}" in text or f"[{option}" in text or f" {option} " in text, f"{name} {option}"


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_is_in_the_format_and_in_the_table(file: Path) -> None:
    names = {node.name for node in ast.parse(file.read_text(encoding="utf-8")).body if hasattr(node, "name")}
    assert {"Model", "get_inputs", "get_init_inputs"} <= names
    assert f"`{file.name}`" in (ROOT / "examples/README.md").read_text(encoding="utf-8")


def test_the_set_up_script_and_the_project_agree_on_versions() -> None:
    script = (ROOT / "scripts/environment.sh").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = " ".join(project["project"]["optional-dependencies"]["torch"])
    torch, triton = re.findall(r"torch==([\d.]+)|triton==([\d.]+)", script)
    assert "torch>=2.9" in wanted
    assert tuple(map(int, torch[0].split("."))) >= (2, 9)
    assert (3, 5) <= tuple(map(int, triton[1].split(".")[:2])) < (3, 8)
