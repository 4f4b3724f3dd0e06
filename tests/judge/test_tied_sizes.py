"""Kernels that take two sizes for one and refuse all others: judged on what they take, and the rest is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from kernelagent.contract.problem import ExampleInputs, FreeSize, Problem, SizeComparison, TensorSpec
from kernelagent.contract.verdict import Verification
from kernelagent.driver.fixed_sizes import FixedSize, fixed_sizes
from kernelagent.driver.tied_sizes import tied

ADVERSARIAL = Path(__file__).resolve().parents[1] / "adversarial"
REFUSING = ADVERSARIAL / "honest" / "refuses_what_is_not_of_one_size.py"
OF_A_FIXED_SIZE = ADVERSARIAL / "honest" / "refuses_what_is_not_of_a_fixed_size.py"
Judge = Callable[..., Verification]

S1, S10 = FreeSize("s1", 20, minimum=2, multiple_of=2), FreeSize("s10", 20, maximum=90, multiple_of=3)
PROBLEM = Problem(
    file="model.py",
    class_name="Model",
    line=1,
    source_sha256="",
    example=ExampleInputs("directive", "()", "()"),
    inputs=(
        TensorSpec("s10", (20,), "float32", ("s10",), strides=("s1*s10",)),
        TensorSpec("x", (20, 40), "float32", ("s1", "2*s10")),
    ),
    outputs=(TensorSpec("output", (60,), "float32", ("s1 + 2*s10",)),),
    free_sizes=(S1, S10),
    comparisons=(
        SizeComparison("s10 != 64", "s10 == 64", {"s10": 64}),
        SizeComparison("s1 + s10 != 9", "s1 + s10 == 9", {"s1": 4, "s10": 5}),
    ),
    work="s1*s10*16",
)


def test_one_size_stands_for_both() -> None:
    found = tied(PROBLEM, S1, S10)
    assert [spec.dims for spec in (*found.inputs, *found.outputs)] == [("s1",), ("s1", "2*s1"), ("s1 + 2*s1",)]
    assert found.inputs[0].name == "s10"
    assert found.inputs[0].strides == ("s1*s1",)
    assert found.free_sizes == (FreeSize("s1", 20, minimum=2, maximum=90, multiple_of=6),)
    assert found.work == "s1*s1*16"
    assert found.comparisons == (SizeComparison("s1 != 64", "s1 == 64", {"s1": 64}),)


def test_what_is_refused_is_said(judge: Judge) -> None:
    verification = judge(REFUSING, "joined_rows::Model", arch=())
    assert verification.verdict == "pass", verification.summary
    told = "Inputs in which q.shape[1] is not v.shape[1], as it is in the example: refused."
    assert verification.not_checked[0] == told
    assert {case.name for case in verification.cases} >= {"NaN", "strided inputs: transposed, sliced"}
    assert len(verification.shapes["q"]) > 5


def test_a_number_stands_for_a_size() -> None:
    found = tied(PROBLEM, FixedSize("y.shape[0]", 20), S10)
    assert [spec.dims for spec in (*found.inputs, *found.outputs)] == [("20",), ("s1", "2*20"), ("s1 + 2*20",)]
    assert found.free_sizes == (S1,)
    assert found.comparisons == ()


def test_fixed_sizes_are_numbers_above_one() -> None:
    given = TensorSpec("x", (6, 1, 20), "float32", ("s1", "1", "20"))
    assert fixed_sizes(replace(PROBLEM, inputs=(given,))) == (FixedSize("x.shape[2]", 20),)
    assert fixed_sizes(replace(PROBLEM, inputs=(replace(given, dims=()),))) == (
        FixedSize("x.shape[0]", 6),
        FixedSize("x.shape[2]", 20),
    )


def test_what_is_refused_of_a_fixed_size_is_said(judge: Judge) -> None:
    verification = judge(OF_A_FIXED_SIZE, "scored_rows::Model", arch=())
    assert verification.verdict == "pass", verification.summary
    told = "Inputs in which a.shape[1] is not c.shape[1], as it is in the example: refused."
    assert verification.not_checked[0] == told
    assert {shape.partition(" ")[0].partition("x")[2] for shape in verification.shapes["c"]} > {"12", "5"}


@pytest.mark.parametrize("refusal", ["a.shape == b.shape and c.shape[1] == 12", "c.shape[1] < 20"])
def test_a_fixed_number_is_no_size(judge: Judge, tmp_path: Path, refusal: str) -> None:
    kernel = tmp_path / "kernel.py"
    text = OF_A_FIXED_SIZE.read_text(encoding="utf-8")
    kernel.write_text(text.replace("a.shape == b.shape == c.shape", f"({refusal})"), encoding="utf-8")
    verification = judge(kernel, "scored_rows::Model", arch=())
    assert verification.verdict == "fail"


@pytest.mark.parametrize(
    "refusal",
    ["q.shape == v.shape and q.shape[1] == 20", "q.shape == v.shape and q.shape[1] < 30", "q.shape[1] != 7"],
)
def test_other_refusals_are_failures(judge: Judge, tmp_path: Path, refusal: str) -> None:
    kernel = tmp_path / "kernel.py"
    text = REFUSING.read_text(encoding="utf-8")
    kernel.write_text(
        text.replace('assert q.shape == v.shape, "rows of one width"', f"assert {refusal}"), encoding="utf-8"
    )
    verification = judge(kernel, "joined_rows::Model", arch=())
    assert verification.verdict == "fail"
    assert {check.name for check in verification.checks if not check.passed and not check.skipped} >= {"runs"}
