"""Python's ``if`` or ``while`` on a whole block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA203"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    for kernel in file.kernels:
        for test in file.flow(kernel).tests:
            if not test.value.is_block or test.what in ("and", "or", "not"):
                continue
            if test.what == "if expression":
                advice = "Use tl.where(condition, x, y)."
            else:
                advice = "Use tl.where or a mask, or reduce the condition to one number first."
            yield report.at(
                test.node,
                f"The condition of this {test.what} is a block of values, one for each element: it has no single "
                f"truth. {advice}",
            )


RULE = Rule(CODE, "block-condition", "error", "a Python condition on a block", check)
