"""The judge's own corpus: every file under ``tests/adversarial/honest`` must pass. To add a case is to add a file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from kernelagent.contract.verdict import Verification

from tests.judge.corpus import ADVERSARIAL, cases, header

Judge = Callable[..., Verification]


@pytest.mark.parametrize("name", cases((ADVERSARIAL / "honest").glob("*.py")))
def test_honest_candidate_passes(name: str, judge: Judge) -> None:
    path = ADVERSARIAL / "honest" / name
    verification = judge(path, header(path)["problem"])
    failures = [(c.name, c.detail, c.line) for c in verification.checks if not c.passed and not c.skipped]
    assert verification.verdict == "pass", failures
    assert verification.compiled
    assert "sm_90" in verification.summary
