"""Sentences of a verdict: what was found, where, and what there is to do."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernelagent.driver.verdict import _together
from kernelagent.worker.judge.compare_case import OTHER_STRIDES
from kernelagent.worker.judge.comparisons import Comparisons
from kernelagent.worker.judge.patience import Patience, TooSlow
from kernelagent.worker.judge.promised import Promise
from kernelagent.worker.judge.raised import describe

KERNEL = "def kernel(x, D):\n    m = columns < D\n"
COLUMNS = np.arange(8)


def test_what_is_to_be_said_of_many_cases_is_one_sentence() -> None:
    names = ["example", "s0=5: past the kernel's 64", "s0=7: past the kernel's 64"]
    assert [*_together((name, OTHER_STRIDES) for name in names)] == [
        "In 3 cases, the kernel's result has other strides than the module's: PyTorch promises none here, and code "
        "that takes them for granted must call .contiguous() first: example; past the kernel's 64 (2x)."
    ]
    assert [*_together([("example", "the kernel refuses it")])] == ["example: the kernel refuses it."]


@pytest.mark.parametrize("together", [False, True])
def test_a_comparison_of_what_is_always_the_same_is_no_way_that_was_not_taken(tmp_path: Path, together: bool) -> None:
    file = tmp_path / "kernel.py"
    file.write_text(KERNEL, encoding="utf-8")

    def told(*sizes: int) -> list[tuple[int, str]]:
        comparisons = Comparisons(file)
        comparisons.line = lambda: 2  # type: ignore[method-assign]
        for size in sizes:
            programs = 3 if together and size == sizes[-1] else 1
            columns = np.tile(COLUMNS, (programs, 1)) if together else COLUMNS
            size_of_all = np.array([[size]]) if together else np.array([size])
            comparisons.made("create_icmpSLT", columns, size_of_all, columns < size_of_all, together)
        return comparisons.unseen()

    assert told(8, 8, 8) == []
    assert told(8, 9) == [(2, "`columns < D` was false for no element in any case")]
    assert told(5, 9) == []


@pytest.mark.parametrize(
    ("promise", "note"),
    [
        (
            Promise("offsets", "rising from 0", ("x", 0), is_reached=True),
            "offsets with numbers that do not rise from 0 to x.shape[0] along its last dimension, which no draw of the "
            "example has",
        ),
        (
            Promise("cos", "equal pairs"),
            "cos with pairs that differ along its last dimension, which no draw of the example has",
        ),
    ],
)
def test_what_an_input_always_is_is_said_by_what_would_break_it(promise: Promise, note: str) -> None:
    assert promise.note == note


def test_a_case_that_was_left_is_no_exception_of_the_kernel_s() -> None:
    slow = RuntimeError("as the interpreter wraps it")
    slow.__cause__ = TooSlow("it takes too long in the interpreter")
    kernel = Path("kernel.py")
    told = describe(slow, "running it", kernel, Patience(kernel, 5.0, io.StringIO()))
    assert told.message.startswith("running it: it was left, since it takes longer in the interpreter")
    assert "TooSlow" not in told.message


def test_an_assertion_without_words_is_told_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "kernel.py"
    file.write_text("def kernel_function(n):\n    assert n % 16 == 0\n", encoding="utf-8")
    names: dict[str, Any] = {}
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), names)
    with pytest.raises(AssertionError) as raised:
        names["kernel_function"](5)
    told = describe(raised.value, "running it", file, Patience(file, 5.0, io.StringIO()))
    assert told.message == (
        "running it: AssertionError: `assert n % 16 == 0`; a condition on what is given belongs in the module as well, "
        "which takes these inputs"
    )
    assert told.line == 2
