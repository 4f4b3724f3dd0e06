"""The pages of the reference say what the code says, and the settings of VS Code's package are the server's."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
from kernelagent_lsp.configuration.options import NAMES, read_options
from kernelagent_lsp.configuration.settings import Settings, resolve

ROOT = Path(__file__).resolve().parents[2]
PAGES: dict[str, Callable[[], str]] = runpy.run_path(str(ROOT / "scripts/reference.py"))["PAGES"]
DECLARED = json.loads((ROOT / "vscode-client/package.json").read_text(encoding="utf-8"))["contributes"][
    "configuration"
]["properties"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says(name: str) -> None:
    page = (ROOT / f"docs/reference/{name}.md").read_text(encoding="utf-8")
    assert page == PAGES[name](), "write the pages anew: python scripts/reference.py"


def test_there_is_no_page_without_its_function() -> None:
    assert sorted(PAGES) == sorted(page.stem for page in (ROOT / "docs/reference").glob("*.md"))


def test_every_setting_of_the_server_is_declared_with_its_default() -> None:
    assert {f"kernelagent.{name}" for name in NAMES} <= set(DECLARED)
    typed = {name: DECLARED[f"kernelagent.{name}"]["default"] for name in NAMES}
    settings, problems = resolve(read_options(typed))
    assert (settings, problems) == (Settings(), ())
