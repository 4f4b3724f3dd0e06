"""The judge's own corpus: every file under ``tests/adversarial`` must fail at the check that its header names. To add a
case is to add a file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from kernelagent.contract.verdict import Verification

from tests.judge.corpus import ADVERSARIAL, cases, header

Judge = Callable[..., Verification]


@pytest.mark.parametrize("name", cases(ADVERSARIAL.glob("*.py")))
def test_bad_candidate_fails_where_it_should(name: str, judge: Judge) -> None:
    path = ADVERSARIAL / name
    wanted = header(path)
    arch = ("sm_90",) if wanted["caught by"].startswith(("compiles", "precision")) else ()
    budget = 6.0 if wanted["caught by"] == "runs" else 60.0  # only what never ends has to be waited for
    profile = "quick" if wanted["caught by"] == "static" else "full"  # the text is read whatever is run
    compute = wanted.get("compute", "triton")  # ``best``: declared operators of PyTorch are allowed
    verification = judge(path, wanted["problem"], arch=arch, budget_seconds=budget, profile=profile, compute=compute)
    failed = [check.name for check in verification.checks if not check.passed and not check.skipped]
    assert verification.verdict == "fail"
    assert any(check.startswith(wanted["caught by"]) for check in failed), (failed, verification.summary)
    assert verification.summary.startswith("Not verified: ")
    assert not (ADVERSARIAL / "left_behind.txt").exists()
