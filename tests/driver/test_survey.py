"""Surveys without an editor: what a class hangs on, what is kept, and when a file is not run."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from kernelagent.contract.options import Options
from kernelagent.contract.problem import ExampleInputs, ImportedFile, Problem
from kernelagent.contract.survey import ClassSurvey
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.dependencies import Files
from kernelagent.driver.hangs_on import hangs_on
from kernelagent.driver.survey import survey
from kernelagent.driver.survey_cache import MOST, SurveyCache, cache_folder
from kernelagent.driver.workers import WorkerPool

TEXT = """import torch
from torch import nn
A = 1
B = A + 1
C = 3


def used(x):
    return x * B


class Base(nn.Module):
    pass


# kernelagent: inputs=(torch.randn(C),)
@decorated
class Block(Base):
    def forward(self, x):
        return used(x)


class Other(nn.Module):
    pass
"""


@pytest.mark.parametrize(
    ("class_name", "lines", "names"),
    [
        ("Block", [1, 2, 3, 4, 5, 8, 12, 16], {"A", "B", "Base", "Block", "C", "nn", "torch", "used"}),
        ("Base", [2, 12], {"Base", "nn"}),
        ("Other", [2, 23], {"Other", "nn"}),
    ],
)
def test_a_class_hangs_on_what_it_names(class_name: str, lines: list[int], names: set[str]) -> None:
    spans, found = hangs_on(TEXT, class_name)
    assert [span.first for span in spans] == lines
    assert set(found) == names


@pytest.mark.parametrize(
    "statement", ["torch.set_default_dtype(torch.float64)", "for i in []:\n    pass", "A = 2", "B.c = 1"]
)
def test_what_binds_nothing_may_do_anything(statement: str) -> None:
    spans, _ = hangs_on(f"{TEXT}{statement}\n", "Block")
    assert spans[-1].first == TEXT.count("\n") + 1


def test_what_is_run_as_a_script_alone_does_nothing() -> None:
    guarded = TEXT + 'if __name__ == "__main__":\n    print(Block())\n'
    assert hangs_on(guarded, "Block") == hangs_on(TEXT, "Block")


KNOWN = ClassSurvey("Block", 1, launches=1)


def problem(file: Path) -> Problem:
    return Problem(str(file), "Block", 1, "0" * 64, ExampleInputs("directive", "()", "(torch.randn(3),)"))


def test_a_survey_is_kept_by_all_that_it_hangs_on(tmp_path: Path) -> None:
    cache, source = SurveyCache(tmp_path / "cache"), tmp_path / "model.py"
    (tmp_path / "other.py").write_text("A = 1\n")
    digest = "3d0a3d8fa5a5b5a1d2d1a4d7a5fcb2d5f9b5a8d9"
    one = problem(source)
    versions = {"torch": "2.9"}
    key = cache.key(one, TEXT, versions)
    others = [
        cache.key(one, TEXT, {"torch": "2.10"}),
        cache.key(one, f"\n{TEXT}", versions),
        cache.key(replace(one, mode="eval"), TEXT, versions),
        cache.key(replace(one, file=str(tmp_path / "moved.py")), TEXT, versions),
    ]
    assert len({key, *others}) == 5
    cache.keep(key, KNOWN, Files())
    assert cache.find(key, source) == KNOWN
    cache.keep(key, KNOWN, Files((ImportedFile("other.py", digest),)))
    assert cache.find(key, source) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"survey": 7}', b"{}", b'{"survey": {}}'])
def test_a_broken_entry_is_none(tmp_path: Path, content: bytes) -> None:
    cache = SurveyCache(tmp_path)
    (tmp_path / "k.json").write_bytes(content)
    assert cache.find("k", tmp_path / "model.py") is None
    cache.keep("k", KNOWN, Files())
    assert cache.find("k", tmp_path / "model.py") == KNOWN


def test_a_cache_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (None, tmp_path / "file" / "below"):
        cache = SurveyCache(folder)
        cache.keep("k", KNOWN, Files())
        assert cache.find("k", tmp_path / "model.py") is None


def test_the_cache_has_an_end(tmp_path: Path) -> None:
    for number in range(MOST + 5):
        (tmp_path / f"{number}.json").touch()
        os.utime(tmp_path / f"{number}.json", (number, number))
    SurveyCache(tmp_path).keep("new", KNOWN, Files())
    names = {path.name for path in tmp_path.iterdir()}
    assert len(names) == MOST
    assert "new.json" in names
    assert "0.json" not in names


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"XDG_CACHE_HOME": "/c"}, "/c/kernelagent/surveys"),
        ({"LOCALAPPDATA": "/l"}, "/l/kernelagent/surveys"),
        ({}, str(Path.home() / ".cache/kernelagent/surveys")),
    ],
)
def test_the_cache_is_in_the_users_cache_folder(environ: dict[str, str], folder: str) -> None:
    assert str(cache_folder(environ)) == folder


class NoPool:
    interpreter = "/usr/bin/python3"

    def call(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("the file was run")


@pytest.mark.parametrize("text", [TEXT, "import torch\nclass (", "", TEXT.replace("# kernelagent", "# nothing")])
def test_without_a_sandbox_opening_runs_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "model.py"
    found = survey(
        file,
        text,
        Options(sandbox="limits"),
        pool=cast(WorkerPool, NoPool()),
        versions={},
        cache=SurveyCache(None),
        saved=False,
        cancel=CancelToken(),
    )
    assert found.classes == ()
