"""Which problems a batch has: lists, and classes of installed packages, of which nothing is imported."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from kernelagent.contract.options import Options
from kernelagent.driver.batch.problems import Asked, problems
from kernelagent.driver.batch.target_lists import targets_in
from kernelagent.errors import BadConfiguration, TargetNotFound

MODULE = "from torch import nn\n\n\nclass {name}(nn.Module):\n    def forward(self, x):\n        return x\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "zoo"
    (package / "deep").mkdir(parents=True)
    raises = "raise RuntimeError('this must not be imported')\n"
    (package / "__init__.py").write_text(f"{raises}from .deep import Inner as Renamed\n", encoding="utf-8")
    (package / "deep" / "__init__.py").write_text(f"{raises}from .block import *\n", encoding="utf-8")
    (package / "deep" / "block.py").write_text(raises + MODULE.format(name="Inner"), encoding="utf-8")
    (tmp_path / "model.py").write_text(MODULE.format(name="Model"), encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*paths: str, lists: tuple[str, ...] = ()) -> list[Asked]:
    return problems(paths, lists, interpreter=lambda: sys.executable)


@pytest.mark.parametrize("name", ["zoo.deep.block:Inner", "zoo.deep:Inner", "zoo:Renamed"])
def test_a_class_of_a_package_is_found_without_importing_it(here: Path, name: str) -> None:
    (asked,) = found(name)
    assert asked.target.file.samefile(here / "zoo" / "deep" / "block.py")
    assert asked.target.class_name == "Inner"
    assert asked.table is None
    assert name.replace(":", ".") in asked.inputs_belong
    assert "pyproject.toml" in asked.inputs_belong


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("zoo.deep:Outer", "defines no class Outer"),
        ("zoo.nowhere:Inner", "there is no module zoo.nowhere"),
        ("math:Sin", "is no Python source file"),
    ],
)
def test_what_is_no_class_of_a_package_is_told(here: Path, name: str, why: str) -> None:
    with pytest.raises(TargetNotFound, match=why):
        found(name)


def test_inputs_of_a_package_come_from_this_project(here: Path) -> None:
    table = '[tool.kernelagent.modules."zoo.deep.Inner"]\ninputs = "(torch.ones(3),)"\ninit = "(4,)"\nmode = "eval"\n'
    (here / "pyproject.toml").write_text(table, encoding="utf-8")
    (asked,) = found("zoo.deep:Inner")
    options = asked.options(Options())
    assert (options.inputs, options.init, options.mode) == ("(torch.ones(3),)", "(4,)", "eval")
    typed = asked.options(Options(inputs="(1,)", mode="train"))
    assert (typed.inputs, typed.init, typed.mode) == ("(1,)", "(4,)", "train")
    (here / "pyproject.toml").write_text(table.replace("inputs", "input"), encoding="utf-8")
    with pytest.raises(BadConfiguration, match="did you mean"):
        found("zoo.deep:Inner")


def test_a_list_has_a_target_a_line(here: Path) -> None:
    folder = here / "lists"
    folder.mkdir()
    (folder / "some.txt").write_text(
        "# all of them\n\n../model.py  # the first\nzoo.deep:Inner\n  ../zoo/deep/block.py::Inner\n", encoding="utf-8"
    )
    once = found("@lists/some.txt")
    assert [asked.target.file.name for asked in once] == ["model.py", "block.py", "block.py"]
    assert once[0].target.file.samefile(here / "model.py")
    assert found(lists=("lists/some.txt",)) == once
    assert next(where for _, where in targets_in(folder / "some.txt")).endswith("some.txt, line 3")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nowhere.py\n", "line 1: nowhere.py means no problem"),
        ("@other.txt", "names no other list"),
        ("#", "No problem"),
    ],
)
def test_a_list_that_is_wrong_is_told_with_its_line(here: Path, text: str, why: str) -> None:
    (here / "list.txt").write_text(text, encoding="utf-8")
    with pytest.raises(TargetNotFound, match=why):
        found("@list.txt")


def test_a_list_that_is_not_there_or_no_text_is_told(here: Path) -> None:
    (here / "binary.txt").write_bytes(b"\xff\xfe\xfa")
    for name in ("@nowhere.txt", "@binary.txt"):
        with pytest.raises(TargetNotFound):
            found(name)


def test_a_file_whose_name_begins_so_is_a_file(here: Path) -> None:
    (here / "@model.py").write_text(MODULE.format(name="Odd"), encoding="utf-8")
    (asked,) = found("@model.py")
    assert asked.target.file.name == "@model.py"


def test_a_file_below_a_folder_that_is_no_python_is_a_problem_if_it_speaks_of_a_module(here: Path) -> None:
    folder = here / "below"
    folder.mkdir()
    (folder / "broken.py").write_text(
        "from torch import nn\nclass Net(nn.Module):\n    def forward(self, x)\n        return x\n"
    )
    (folder / "notes.py").write_text("this is no Python\n")
    (folder / "good.py").write_text(
        "from torch import nn\nclass Net(nn.Module):\n    def forward(self, x):\n        return x\n"
    )
    assert [one.target.file.name for one in problems([str(folder)])] == ["broken.py", "good.py"]
