"""A print that was left in a kernel."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA207"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "warning")
    for kernel in file.kernels:
        flow = file.flow(kernel)
        for call in flow.calls:
            if call.name == "device_print" and not call.is_method:
                yield report.at(call.node, "Every program of the launch prints this: a print that was left behind?")
        if "print" not in flow.called:
            continue
        for node in kernel.nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                yield report.at(
                    node,
                    "print in a kernel is tl.device_print: it takes a text first, and every program of the launch "
                    "prints. Was it left behind? tl.static_print prints once, when the kernel is compiled.",
                )


RULE = Rule(CODE, "print-in-kernel", "warning", "a print that was left in a kernel", check)
