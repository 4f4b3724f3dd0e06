"""What the linter says of kernels that are right: nothing above a hint."""

from __future__ import annotations

from pathlib import Path

import pytest
from kernelagent.lint.linter import lint

TESTS = Path(__file__).resolve().parents[1]
HONEST = sorted((TESTS / "adversarial/honest").glob("*.py"))
GOLDEN = sorted((TESTS / "synth/golden").glob("*.py.txt"))


@pytest.mark.parametrize("file", HONEST, ids=lambda file: file.stem)
def test_an_honest_kernel_gives_hints_at_most(file: Path) -> None:
    found = lint(file.read_text(encoding="utf-8"), ignore=("KA50",)).findings  # the judge's own are tested there
    assert [finding for finding in found if finding.severity in ("error", "warning")] == []


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.name)
def test_what_the_synthesizer_writes_gives_hints_at_most(file: Path) -> None:
    found = lint(file.read_text(encoding="utf-8")).findings
    assert [finding for finding in found if finding.severity in ("error", "warning", "information")] == []


def test_there_is_something_to_look_at() -> None:
    assert len(HONEST) > 80
    assert len(GOLDEN) > 5
