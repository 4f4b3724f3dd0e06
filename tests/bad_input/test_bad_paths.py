"""Paths with bytes that are no UTF-8, which Linux allows, are refused in words, or work where no words are needed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from command_line import kernelagent
from kernelagent.contract.codec import read_json, write_json
from kernelagent.contract.result import ErrorInfo
from kernelagent.kernel_agent import TritonKernelAgent
from kernels import MODULE

ODD = os.fsdecode(b"pr\xf6blem")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names are text elsewhere")


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    (tmp_path / f"{ODD}.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "model.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / ODD).mkdir()
    (tmp_path / ODD / "model.py").write_text(MODULE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("fuse", f"{ODD}.py"),
        ("fuse", f"{ODD}/model.py", "--json"),
        ("fuse", "model.py", "--run-dir", f"runs/{ODD}"),
        ("inspect", f"{ODD}.py"),
    ],
)
def test_a_path_that_is_no_text_is_refused(arguments: tuple[str, ...], odd: Path) -> None:
    done = kernelagent(*arguments, cwd=odd)
    assert done.status == 2
    said = done.stderr + done.stdout
    assert "bytes that are no UTF-8" in said
    for unwanted in ("Traceback", "InternalError"):
        assert unwanted not in said


def test_the_python_interface_says_so_too(odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(odd / ODD)
    result = TritonKernelAgent().generate_kernel(MODULE)
    assert not result["success"]
    assert "bytes that are no UTF-8" in result["message"]


def test_records_hold_such_a_path(tmp_path: Path) -> None:
    record = ErrorInfo("Code", f"\N{SNOWMAN} {ODD}", "", ODD, 1)
    write_json(tmp_path / "record.json", record)
    assert read_json(tmp_path / "record.json", ErrorInfo) == record
