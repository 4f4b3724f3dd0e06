"""Modules that decide by their tensors: ways that no case takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kernelagent.contract.verdict import Verification

KERNEL = Path(__file__).resolve().parents[1] / "adversarial" / "forgets_a_branch.py"
Judge = Callable[..., Verification]


def test_inputs_are_found_that_take_the_other_way(judge: Judge) -> None:
    verification = judge(KERNEL, "deciding::Narrow", arch=())
    assert verification.verdict == "fail"
    assert [case.name for case in verification.cases if not case.passed] == ["values around 2.3"]
    assert not any("Ways of the module" in sentence for sentence in verification.not_checked)


def test_a_way_for_which_none_are_found_is_named(judge: Judge) -> None:
    verification = judge(KERNEL, "deciding::Rare", arch=())
    assert verification.verdict == "pass"
    (told,) = [sentence for sentence in verification.not_checked if "Ways of the module itself" in sentence]
    assert "deciding.py, line 18" in told and "was true in no case" in told
