"""Which Python is the user's, and what it must have."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from kernelagent.driver.interpreter import Interpreter, find_interpreter, probe, require
from kernelagent.errors import InterpreterNotFound, KernelAgentError, TorchMissing, TritonMissing, UnsupportedVersion

COMPLETE = Interpreter("python", "here", "3.11.2", "2.13.0", "3.7.1", "2.4.0")


def environment_at(folder: Path) -> Path:
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    return python


def test_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "project" / "deep" / "model.py"
    file.parent.mkdir(parents=True)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert find_interpreter(file)[0] == sys.executable
    beside = environment_at(tmp_path / "project" / ".venv")
    assert find_interpreter(file)[0] == str(beside)
    active = environment_at(tmp_path / "active")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert find_interpreter(file)[0] == str(active)
    named = environment_at(tmp_path / "named")
    assert find_interpreter(file, str(named))[0] == str(named)
    assert find_interpreter(file, str(tmp_path / "named"))[0] == str(named)


def test_one_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InterpreterNotFound, match="no Python at"):
        find_interpreter(None, str(tmp_path / "nowhere"))
    with pytest.raises(InterpreterNotFound, match="no Python at"):
        find_interpreter(None, "~nobody-of-that-name/bin/python")


def test_one_that_is_no_python(tmp_path: Path) -> None:
    file = tmp_path / "python"
    file.write_text("#!/bin/sh\necho no\n")
    os.chmod(file, 0o755)
    with pytest.raises(InterpreterNotFound, match="not a working Python"):
        probe(str(file), "--interpreter")


def test_this_one_has_everything() -> None:
    require(probe(sys.executable, "this"))


def test_the_build_of_torch_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package's version may lack what ``torch.__version__`` says, with which verdicts are bound."""
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").touch()
    (tmp_path / "torch" / "version.py").write_text("__version__ = '2.9.1+cu128'\ndebug = False\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert probe(sys.executable, "this").torch == "2.9.1+cu128"


def test_a_file_named_like_a_module_of_pythons_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise RuntimeError('not this one')\n")
    monkeypatch.chdir(tmp_path)
    require(probe(sys.executable, "this"))


def test_a_bare_environment(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    found = probe(str(tmp_path / "bare" / "bin" / "python"), "--interpreter")
    assert found.torch is None
    with pytest.raises(TorchMissing):
        require(found)


@pytest.mark.parametrize(
    ("lacking", "error"),
    [
        (replace(COMPLETE, python="3.9.18"), UnsupportedVersion),
        (replace(COMPLETE, torch=None), TorchMissing),
        (replace(COMPLETE, torch="2.8.1+cu126"), UnsupportedVersion),
        (replace(COMPLETE, triton=None), TritonMissing),
        (replace(COMPLETE, numpy=None), TritonMissing),
    ],
)
def test_what_is_required(lacking: Interpreter, error: type[KernelAgentError]) -> None:
    with pytest.raises(error) as caught:
        require(lacking)
    assert caught.value.remedy


def test_versions_compare_as_numbers() -> None:
    require(replace(COMPLETE, python="3.10.0", torch="2.13.0+cpu"))


def test_a_null_character_names_no_python() -> None:
    with pytest.raises(InterpreterNotFound, match="null"):
        find_interpreter(None, "~\0")
