"""A kernel that is launched returns a value."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA208"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    for kernel in file.kernels:
        if not any(launch.kernel is kernel for launch in file.launches):
            continue
        for node, _ in file.flow(kernel).returned:
            if node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None):
                continue
            yield report.at(
                node,
                f"{kernel.name} is launched, and what a launched kernel returns is lost: "
                "store the result through a pointer.",
            )


RULE = Rule(CODE, "return-from-kernel", "error", "a value returned from a launched kernel", check)
