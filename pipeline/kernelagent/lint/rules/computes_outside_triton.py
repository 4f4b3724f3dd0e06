"""The wrapper of a kernel to be judged computes in PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding
from kernelagent.lint.judged import as_sentence, said
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA501"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "warning")
    for span, what in said(file, "computes"):
        yield report.at(span, f"{as_sentence(what)}. A verified kernel does its arithmetic in Triton.")


RULE = Rule(CODE, "computes-outside-triton", "warning", "a wrapper that computes in PyTorch", check)
