"""A kernel file without a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA505"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "warning")
    if file.kernels:
        return
    for wrapper in file.wrappers:
        if wrapper.name == "kernel_function" and wrapper.owner is None:
            yield report.at(
                file.source.header(wrapper.node),  # type: ignore[arg-type]
                "The file imports Triton and defines kernel_function, and has no @triton.jit kernel: "
                "the judge refuses it.",
            )


RULE = Rule(CODE, "no-kernel", "warning", "a kernel file without a @triton.jit kernel", check)
