"""Sizes whose product with one of the module's floats rounds otherwise than the exact one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.contract.verdict import Verification
from kernelagent.worker.judge.rounded_products import sizes_of_rounded_products


@pytest.mark.parametrize(
    ("text", "init", "found"),
    [
        ("k = int(n * 0.57)", "()", 100),
        ("k = math.floor(n * keep)", "(0.57,)", 100),
        ("k = math.ceil(n * 0.07)", "()", 100),
        ("k = n * 0.57", "()", None),
        ("k = int(n * 0.5) + round(eps + 1e-5)", "()", None),
        ("k = int(n * 57)", "()", None),
    ],
)
def test_the_least_sizes(tmp_path: Path, text: str, init: str, found: int | None) -> None:
    file = tmp_path / "model.py"
    file.write_text(text, encoding="utf-8")
    problem = Problem(str(file), "Model", 1, "", ExampleInputs("directive", init, "()"))
    sizes = sizes_of_rounded_products(problem)
    assert found in sizes if found else sizes == ()


def test_which_sizes_were_tried_is_said_where_none_has_a_symbol(judge: Callable[..., Verification]) -> None:
    kernel = Path(__file__).resolve().parents[1] / "adversarial" / "honest" / "counts_by_a_float.py"
    verification = judge(kernel, "counted_by_a_float::LeadingShare", arch=())
    assert verification.verdict == "pass", verification.summary
    (told,) = [told for told in verification.not_checked if "x.shape[1] other than" in told]
    assert "100" in told
