"""Tables and keys of ours that nothing knows are refused where they are read, with a near name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kernelagent.driver.project_file import module_table
from kernelagent.driver.providers.catalogue import catalogue
from kernelagent.driver.providers.ledger import day_limit
from kernelagent.driver.providers.secrets import keyring
from kernelagent.errors import BadConfiguration


def of_module(file: Path) -> object:
    return module_table(file, "M")


def keys_of(file: Path) -> object:
    return keyring(file, {})


PROJECTS: list[Callable[[Path], object]] = [catalogue, day_limit, keys_of, of_module]
CASES = [
    ("[budgets]\ntokens-per-day = 0\n", "budgets", "did you mean budget"),
    ('[modles."a"]\nprovider = "relay"\n', "modles", "models?"),
    ("tokens-per-day = 0\n", "tokens-per-day", ""),
]


@pytest.mark.parametrize("reads", PROJECTS)
@pytest.mark.parametrize(
    ("text", "name", "near"),
    [
        *CASES,
        ('[module."m.M"]\ninputs = "()"\n', "module", "modules"),
        ('env_file = "x"\n', "env_file", "env-file"),
    ],
)
def test_of_a_project(tmp_path: Path, reads: Callable[[Path], object], text: str, name: str, near: str) -> None:
    ours = text.replace("[", "[tool.kernelagent.") if text.startswith("[") else f"[tool.kernelagent]\n{text}"
    (tmp_path / "pyproject.toml").write_text(f"[tool.other]\nx = 1\n{ours}", encoding="utf-8")
    with pytest.raises(BadConfiguration, match=f"but not {name}") as caught:
        reads(tmp_path / "m.py")
    assert near in caught.value.message
    assert caught.value.file == str(tmp_path / "pyproject.toml")
    assert caught.value.line in (3, 4)


@pytest.mark.parametrize("reads", [catalogue, day_limit])
@pytest.mark.parametrize(("text", "name", "near"), CASES)
def test_of_the_user(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reads: Callable[[Path], object],
    text: str,
    name: str,
    near: str,
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "kernelagent").mkdir()
    (tmp_path / "kernelagent" / "config.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadConfiguration, match=f"but not {name}") as caught:
        reads(tmp_path / "project" / "m.py")
    assert near in caught.value.message


def test_tables_of_others_are_theirs(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other.budgets]\nx = 1\n[tool.kernelagent]\n", encoding="utf-8")
    for reads in PROJECTS:
        reads(tmp_path / "m.py")


@pytest.mark.parametrize("key", ["usd_per_day", "token-per-day"])
def test_a_key_in_a_known_table(tmp_path: Path, key: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.kernelagent.budget]\n{key} = 1\n", encoding="utf-8")
    with pytest.raises(BadConfiguration, match=r"did you mean (usd|tokens)-per-day"):
        day_limit(tmp_path / "m.py")
