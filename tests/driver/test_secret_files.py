"""Files with keys look empty to whatever runs in the sandbox, and so does the rest of the project."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from kernelagent.contract.options import Options
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.isolation import Wanted
from kernelagent.driver.secret_files import secret_files
from kernelagent.driver.standalone import learned
from kernelagent.driver.target import Target
from kernelagent.driver.verification import verify
from kernelagent.driver.workers import WorkerPool

MODULE = """
import torch


# kernelagent: inputs=(torch.randn(4, 8),)
class Block(torch.nn.Module):
    def forward(self, x):
        return x * 2
"""
NOTE = "what only the user knows"
KEY = "sk-abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "model.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "models" / "notes.txt").write_text(NOTE, encoding="utf-8")
    (tmp_path / "keys").mkdir()
    for name in (".env", ".env.local", "keys/other.env"):
        (tmp_path / name).write_text(f"OPENAI_API_KEY={KEY}\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.kernelagent]\nenv-file = "keys/other.env"\n', encoding="utf-8")
    return tmp_path


def test_they_are_found_from_a_file_of_the_project(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = tmp_path_factory.mktemp("current")
    (current / ".env").touch()
    (current / ".envs").mkdir()
    (current / "mine.env").touch()
    monkeypatch.chdir(current)
    found = secret_files(project / "models" / "model.py", "mine.env")
    wanted = (
        project / ".env",
        project / ".env.local",
        current / ".env",
        project / "keys/other.env",
        current / "mine.env",
    )
    assert set(found) == {str(path.resolve()) for path in wanted}


def test_they_are_found_where_the_current_folder_is_gone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = project / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert str(project / ".env") in secret_files(project / "models" / "model.py")


@pytest.mark.parametrize("level", ["bubblewrap", "namespaces", "limits"])
@pytest.mark.parametrize("name", [".env", "keys/other.env", "models/notes.txt"])
def test_a_kernel_cannot_make_the_judge_say_them(level: Wanted, name: str, project: Path, tmp_path: Path) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text(
        f"raise ValueError('SEEN ' + ' '.join(open({str(project / name)!r}).read()))\n\n\n"
        "def kernel_function(x):\n    return x\n",
        encoding="utf-8",
    )
    (tmp_path / "problem").mkdir()
    options = Options(device="cpu", sandbox=level, arch=())
    with WorkerPool(sys.executable) as pool:
        problem = learned(
            Target(project / "models" / "model.py", "Block"),
            options,
            pool=pool,
            folder=tmp_path / "problem",
            cancel=CancelToken(),
        )
        verdict = verify(
            kernel,
            problem,
            options,
            pool=pool,
            work_dir=tmp_path / "judge",
            on_event=lambda event: None,
            cancel=CancelToken(),
            profile="quick",
        )
    told = str(verdict)
    assert verdict.verdict == "fail"
    ran = ("SEEN", "Permission denied", "No such file")
    assert any(said in told for said in ran), "the file was run"
    assert NOTE not in told and " ".join(NOTE) not in told
    assert KEY not in told and " ".join(KEY) not in told


READS_HOME = """
import torch
import triton
import triton.language as tl

HERE = {here!r}


def kernel_function(x):
    with open(HERE) as file:
        raise ValueError(file.read())
"""


def test_dot_files_of_a_home_that_is_not_the_accounts_are_hidden(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / ".ssh").mkdir()
    (home / ".ssh" / "id").write_text(KEY, encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    kernel = project / "kernel.py"
    kernel.write_text(READS_HOME.format(here=str(home / ".ssh" / "id")), encoding="utf-8")
    options = Options(device="cpu", arch=())
    target = Target(project / "models" / "model.py", "Block")
    with WorkerPool(sys.executable) as pool:
        problem = learned(target, options, pool=pool, folder=project, cancel=CancelToken())
        verification = verify(
            *(kernel, problem, options),
            pool=pool,
            work_dir=project / "judge",
            on_event=lambda event: None,
            cancel=CancelToken(),
        )
    told = " ".join(check.detail for check in verification.checks)
    assert "FileNotFoundError" in told or "NotADirectoryError" in told, told
    assert KEY not in told
