"""Each block of data or of an editor's configuration is read by what reads it, and names settings that there are."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from code_blocks import MARKS, Block, blocks_of, without_fences
from kernelagent.cli.group import run
from kernelagent.driver.project_file import named_table
from kernelagent_lsp.configuration.book import PROJECTS
from kernelagent_lsp.configuration.options import read_options
from kernelagent_lsp.configuration.settings import resolve

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LANGUAGES = {"python", "sh", "console", "text", "toml", "json", "yaml", "lua", "elisp"}
EDITORS = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "kernelagent-tests"
SECTIONS = {"settings", "config", "initialization_options"}
"""What editors call the object that our settings are in."""


def of(*languages: str) -> pytest.MarkDecorator:
    found = [block for page in PAGES for block in blocks_of(page) if block.language in languages]
    return pytest.mark.parametrize("block", found, ids=lambda block: block.place)


def sections(data: Any, inside: bool = False) -> Iterator[dict[str, Any]]:
    """The objects with our settings in an editor's configuration."""
    for name, value in data.items() if isinstance(data, dict) else ():
        if inside and name in SECTIONS and isinstance(value, dict):
            yield value
        else:
            yield from sections(value, inside or name == "kernelagent")


def require_settings(data: Any) -> None:
    options = read_options(data)
    assert options.typed and options.unknown == ()
    assert resolve(options)[1] == ()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_code_is_in_fences_that_say_its_language(page: Path) -> None:
    assert {block.language for block in blocks_of(page)} <= LANGUAGES
    text = without_fences(page)
    assert "```" not in text
    assert not re.search(rf"^<!-- (?:{'|'.join(MARKS)}):", text, re.MULTILINE), "a comment that stands above no block"
    paragraphs = re.split(r"\n\s*\n", text)
    for before, after in zip(["", *paragraphs], paragraphs, strict=False):
        in_a_list = re.match(r"\s*(?:[-*]|\d+\.) |  ", before)
        assert not after.startswith("    ") or in_a_list, f"code without a language: {after}"


@of("toml")
def test_toml(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tomllib.loads(block.text)
    for section in sections(data):
        require_settings(section)
    ours = data.get("tool", {}).get("kernelagent", {})
    if not ours:
        return
    (tmp_path / "pyproject.toml").write_text(block.text, encoding="utf-8")
    if "env-file" in ours:
        (tmp_path / ours["env-file"]).parent.mkdir(exist_ok=True)
        (tmp_path / ours["env-file"]).touch()
    monkeypatch.chdir(tmp_path)
    assert run(["models"]) == 0, capsys.readouterr()
    for name in ours.get("modules", {}):
        assert named_table(tmp_path / "any.py", name)[1] is not None
    if "editor" in ours:
        require_settings(ours["editor"])
        assert set(read_options(ours["editor"]).typed) <= PROJECTS


@of("json")
def test_json(block: Block) -> None:
    fragment = block.text.lstrip().startswith('"')
    data = json.loads(f"{{{block.text}}}" if fragment else block.text)
    for section in sections(data):
        require_settings(section)
    for name in data:
        if name.startswith("kernelagent."):
            require_settings({name: data[name]})


@of("yaml")
def test_yaml(block: Block) -> None:
    data = yaml.safe_load(block.text)
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    inputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    for repository in data.get("repos", []):
        assert {hook["id"] for hook in repository["hooks"]} <= hooks
    for step in data.get("steps", []):
        if "kernelagent" in step.get("uses", ""):
            assert set(step["with"]) <= set(inputs)


@of("lua")
def test_lua(block: Block, tmp_path: Path) -> None:
    """A real Neovim runs it, and its settings are what the server would be told."""
    nvim = EDITORS / "neovim/bin/nvim"
    assert nvim.exists(), "run tests/setup-editors.sh first"
    file, out = tmp_path / "block.lua", tmp_path / "settings.json"
    asked = "vim.lsp.config.kernelagent and vim.lsp.config.kernelagent.settings or vim.empty_dict()"
    told = f"vim.fn.writefile({{vim.json.encode({asked})}}, '{out}')"
    file.write_text(f"vim.opt.rtp:prepend('{ROOT}')\n{block.text}\n{told}\n", encoding="utf-8")
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    done = subprocess.run(
        [str(nvim), "--clean", "--headless", "-l", str(file)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0 and "Error" not in done.stderr, done.stderr
    settings = json.loads(out.read_text(encoding="utf-8"))
    if "settings" in block.text:
        require_settings(settings)


@of("elisp")
def test_elisp(block: Block, tmp_path: Path) -> None:
    """A real Emacs runs it, with eglot; ``lsp-mode`` is no part of Emacs, and what waits for it is read alone."""
    emacs = EDITORS / "emacs/bin/emacs"
    assert emacs.exists(), "run tests/setup-editors.sh first"
    file = tmp_path / "block.el"
    file.write_text(f"(require 'eglot)\n{block.text}\n", encoding="utf-8")
    done = subprocess.run(
        [str(emacs), "-Q", "--batch", "-l", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
