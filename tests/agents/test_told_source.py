"""Without a graph only the source says what a module computes: that of the project's files that it imports, too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from kernelagent.contract.problem import ExampleInputs, ImportedFile, Problem
from kernelagent.driver.agents import told_source
from kernelagent.driver.agents.assignment import assignment
from kernelagent.driver.agents.prompt import assignment_text
from kernelagent.driver.rewriting.prompts import request

MODULE = "from clean import clean\n"
CLEAN = "def clean(x):\n    return x.nan_to_num(0.375)\n"


@pytest.fixture
def problem(tmp_path: Path) -> Problem:
    (tmp_path / "model.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "clean.py").write_text(CLEAN, encoding="utf-8")
    return Problem(
        file=str(tmp_path / "model.py"),
        class_name="Model",
        line=1,
        source_sha256="",
        example=ExampleInputs("get_inputs", "()", "()"),
        imports=(ImportedFile("clean.py", ""),),
        not_exported="it decides by values",
    )


def test_both_prompts_have_what_is_imported(problem: Problem) -> None:
    given = assignment("sg0", problem, Path("graph.json"), arch=("sm_90",), triton="3.7.1")
    for text in (assignment_text(given, 0), request(problem, 0)):
        assert "0.375" in text
        assert "# --- clean.py, which it imports:" in text


def test_with_a_graph_it_is_the_file_alone(problem: Problem) -> None:
    assert told_source.told_source(replace(problem, not_exported="")) == MODULE


def test_what_cannot_be_shown_is_named(problem: Problem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told_source, "MOST_CHARACTERS", 10)
    assert "# --- clean.py, which it imports, is too long to be shown" in told_source.told_source(problem)
    (tmp_path / "clean.py").unlink()
    assert "# --- clean.py, which it imports, cannot be read" in told_source.told_source(problem)
