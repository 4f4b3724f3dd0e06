"""Kernels that are kept verified: the assertion, the fixture, the hook and the Action."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kernelagent.cli.group import COMMANDS
from kernelagent.driver.kept_kernels import kept_kernels
from kernelagent.errors import NotAKernelFile, TargetNotFound
from kernelagent.live.request import requested
from kernelagent.static.provenance import fingerprint
from kernelagent.testing import assert_kernel_equivalent
from kernels import MODULE, RIGHT, WRONG_VALUES

ROOT = Path(__file__).resolve().parents[2]
LINE = "# source: model.py::Block {}\nclass BlockTriton(torch.nn.Module):\n    pass\n"
ONE_CASE = f'#!/bin/sh\ncommand=$1; shift\nexec "{sys.executable}" -m kernelagent.cli "$command" --case example "$@"\n'


def made_of(text: str, digits: str | None = None) -> str:
    return f"import torch\n{LINE.format(digits or fingerprint(text, 'Block'))}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "model.py").write_text(MODULE, encoding="utf-8")
    return tmp_path


def test_what_a_kernel_was_made_from(project: Path) -> None:
    kernels = project / "kernels"
    kernels.mkdir()
    (kernels / "fresh.py").write_text(made_of(MODULE), encoding="utf-8")
    (kernels / "old.py").write_text(made_of(MODULE, "0" * 12), encoding="utf-8")
    (kernels / "other.py").write_text("x = 1\n", encoding="utf-8")
    found = kept_kernels(kernels / name for name in ("fresh.py", "other.py"))
    assert [(k.file.name, k.source, k.is_current) for k in found] == [("fresh.py", project / "model.py", True)]
    by_source = kept_kernels([project / "model.py"])  # the class has changed, and not the kernel's file
    assert [(k.file.name, k.is_current) for k in by_source] == [("fresh.py", True), ("old.py", False)]
    assert found[0].target == f"{project / 'model.py'}::Block"


def test_a_source_that_is_not_there(project: Path) -> None:
    (project / "k.py").write_text(made_of(MODULE).replace("model.py", "gone.py"), encoding="utf-8")
    with pytest.raises(TargetNotFound, match=r"gone\.py::Block, and there is no such file"):
        kept_kernels([project / "k.py"])
    with pytest.raises(TargetNotFound):
        kept_kernels([project / "nowhere.py"])


TESTS = """
import pytest
from pathlib import Path
from kernelagent.testing import assert_kernel_equivalent

def test_right(kernel_equivalent):
    assert kernel_equivalent("right.py", "model.py::Block", cases=("example",)).verdict == "pass"

def test_wrong(kernel_equivalent):
    kernel_equivalent("wrong.py", "model.py::Block", cases=("example",))

def test_live(kernel_equivalent):
    import torch
    from model import Block
    import right
    kernel_equivalent(right, Block(24), torch.randn(4, 24), init="(24,)", cases=("example",))
"""


def test_the_fixture(project: Path) -> None:
    """In a pytest of its own, as a user has it; the plugin is named since this checkout may not be installed."""
    (project / "right.py").write_text(RIGHT, encoding="utf-8")
    (project / "wrong.py").write_text(WRONG_VALUES, encoding="utf-8")
    (project / "test_kernels.py").write_text(TESTS, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=."]
    if "kernelagent.pytest_plugin" not in _registered():
        command += ["-p", "kernelagent.pytest_plugin"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert "1 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert "wrong.py is not equivalent to Block" in done.stdout
    assert "error[values]: " in done.stdout
    assert "reproduce: kernelagent verify wrong.py --problem model.py::Block --case example" in done.stdout
    assert "testing.py:" not in done.stdout  # the traceback ends in the user's test


def _registered() -> list[str]:
    from importlib.metadata import entry_points

    return [entry.value for entry in entry_points(group="pytest11")]


def test_importing_the_plugin_imports_nothing_else() -> None:
    """pytest does so at every start: 0.7 ms, where the engine takes 300."""
    script = (
        "import sys, pytest; before = set(sys.modules); import kernelagent.pytest_plugin; "
        "print(sorted(n for n in set(sys.modules) - before if not n.startswith('__editable__')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['kernelagent', 'kernelagent.pytest_plugin']"


def test_a_kernel_that_has_no_file() -> None:
    with pytest.raises(NotAKernelFile, match="not imported from a file"):
        assert_kernel_equivalent(int, "model.py")


def test_options_of_a_live_module_are_checked_first() -> None:
    import torch

    with pytest.raises(TypeError, match="speed"), requested(torch.nn.ReLU(), torch.ones(2), {"speed": 1}):
        pass


@pytest.fixture
def repository(project: Path) -> Iterator[Path]:
    """With a wrong kernel that was right when it was committed."""
    (project / "bin").mkdir()
    (project / "bin/kernelagent").write_text(ONE_CASE, encoding="utf-8")
    (project / "bin/kernelagent").chmod(0o755)
    kernel = project / "block_triton.py"
    entry = LINE.format(fingerprint(MODULE, "Block")).replace(
        "    pass\n",
        (
            "    def __init__(self, features):\n        super().__init__()\n"
            "        self.weight = torch.nn.Parameter(torch.empty(features))\n\n"
            "    def forward(self, x):\n        return kernel_function(x, self.weight)\n"
        ),
    )
    kernel.write_text(f"{RIGHT}\n\n{entry}", encoding="utf-8")
    for command in (["init", "-q"], ["add", "model.py", "block_triton.py"], ["commit", "-qm", "right"]):
        subprocess.run(["git", *GIT, *command], cwd=project, check=True)
    kernel.write_text(f"{WRONG_VALUES}\n\n{entry}", encoding="utf-8")
    subprocess.run(["git", *GIT, "commit", "-qam", "wrong"], cwd=project, check=True)
    yield project


GIT = ("-c", "user.name=a", "-c", "user.email=a@localhost", "-c", "core.hooksPath=/dev/null")


def test_the_actions_steps(repository: Path) -> None:
    """The shell of its YAML, as a runner runs it; what is installed is what is here."""
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    steps = {step["name"]: step for step in action["runs"]["steps"] if "name" in step}
    script = steps["Verify"]["run"]
    reports = repository / "reports"

    def verify(files: str, base: str) -> subprocess.CompletedProcess[str]:
        given = {"FILES": files, "BASE": base, "REPORTS": str(reports)}
        assert set(given) == set(steps["Verify"]["env"])
        env = {**os.environ, **given, "PATH": f"{repository / 'bin'}:{os.environ['PATH']}"}
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        return subprocess.run(shell, cwd=repository, env=env, capture_output=True, text=True, check=False)

    done = verify("", "HEAD~1")
    assert done.returncode == 1, done.stderr
    assert "block_triton.py: NOT VERIFIED against" in done.stdout
    assert "error[values]" in done.stdout
    assert (reports / "block_triton" / "report.html").is_file()
    assert "No Python file has changed." in verify("", "HEAD").stdout


def test_the_hooks_name_commands_that_there_are() -> None:
    hooks: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["id"] for hook in hooks] == ["kernelagent-lint", "kernelagent-verify"]
    for hook in hooks:
        program, name = hook["entry"].split()
        assert program == "kernelagent"
        assert name in COMMANDS
