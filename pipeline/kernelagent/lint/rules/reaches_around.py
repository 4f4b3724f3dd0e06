"""A kernel file reaches round the judge: frames, environment, code made at run time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding
from kernelagent.lint.judged import as_sentence, said
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA503"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "warning")
    for span, what in said(file, "reaches"):
        yield report.at(span, f"{as_sentence(what)}. The judge refuses it.")


RULE = Rule(CODE, "reaches-around", "warning", "a kernel file that reaches round the judge", check)
