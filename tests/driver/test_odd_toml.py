"""Configuration that no reader can take, in whatever way, is called so, with its file: it may have been cloned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kernelagent.contract.shown import shown
from kernelagent.driver.project_file import module_table
from kernelagent.driver.providers.catalogue import catalogue
from kernelagent.driver.providers.ledger import day_limit
from kernelagent.driver.providers.secrets import keyring
from kernelagent.driver.secret_files import secret_files
from kernelagent.errors import BadConfiguration

DIGITS = "9" * 5000
DEEP = "[" * 5000 + "]" * 5000
HEXADECIMAL = "0x" + "F" * 5000
DOTTED = ".a" * 5000
UNREADABLE = [f"[x]\na = {DIGITS}\n", f"[x]\na = {DEEP}\n", "[x\n", 'a = "\xff"\n']


def of_module(file: Path) -> object:
    return module_table(file, "M")


def keys_of(file: Path) -> object:
    return keyring(file, {})


@pytest.mark.parametrize("text", UNREADABLE, ids=["digits", "depth", "syntax", "encoding"])
@pytest.mark.parametrize("reads", [catalogue, day_limit, keys_of, of_module])
def test_a_file_that_cannot_be_read(tmp_path: Path, reads: Callable[[Path], object], text: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text.replace("[x", "[tool.x").encode("latin-1"))
    with pytest.raises(BadConfiguration) as caught:
        reads(tmp_path / "m.py")
    assert caught.value.file == str(tmp_path / "pyproject.toml")
    assert caught.value.file in caught.value.message
    assert secret_files(tmp_path / "m.py") == ()


@pytest.mark.parametrize("text", UNREADABLE, ids=["digits", "depth", "syntax", "encoding"])
@pytest.mark.parametrize("reads", [catalogue, day_limit])
def test_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: Callable[[Path], object], text: str
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "kernelagent").mkdir()
    path = tmp_path / "kernelagent" / "config.toml"
    path.write_bytes(text.replace("[x", "[models.x").encode("latin-1"))
    with pytest.raises(BadConfiguration) as caught:
        reads(tmp_path / "project" / "m.py")
    assert caught.value.file == str(path)


@pytest.mark.parametrize("value", [f" = {HEXADECIMAL}", f"{DOTTED} = 1"], ids=["a number", "a tree"])
@pytest.mark.parametrize(
    ("table", "key", "reads"),
    [
        ('models."m"]\nprovider = "relay"', "usd-input", catalogue),
        ("budget]", "usd-per-day", day_limit),
        ("budget]", "tokens-per-day", day_limit),
        ('modules."m.M"]', "inputs", of_module),
        ('modules."m.M"]\ninputs = "()"', "mode", of_module),
    ],
)
def test_a_value_that_cannot_be_shown(
    tmp_path: Path, table: str, key: str, reads: Callable[[Path], object], value: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.kernelagent.{table}\n{key}{value}\n", encoding="utf-8")
    with pytest.raises(BadConfiguration, match=f"{key} = .*that cannot be written out") as caught:
        reads(tmp_path / "m.py")
    assert caught.value.file == str(tmp_path / "pyproject.toml")


@pytest.mark.parametrize("value", [f" = {HEXADECIMAL}", f"{DOTTED} = 1"], ids=["a number", "a tree"])
def test_no_name_of_a_file(tmp_path: Path, value: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.kernelagent]\nenv-file{value}\n", encoding="utf-8")
    with pytest.raises(BadConfiguration, match="env-file must be a string"):
        keyring(tmp_path / "m.py", {})
    assert secret_files(tmp_path / "m.py") == ()


def test_what_is_shown_is_short() -> None:
    assert shown("sm\n90") == "'sm\\n90'"
    assert len(shown("x" * 10_000)) < 250
    assert shown(10**5000) == "(int of a size that cannot be written out)"
