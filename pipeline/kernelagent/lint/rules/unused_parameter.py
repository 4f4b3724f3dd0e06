"""A parameter of a kernel that nothing looks at."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding
from kernelagent.lint.kernel import Kernel
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA403"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "hint")
    for kernel in file.kernels:
        body = kernel.node.body
        if not kernel.has_only_known_decorators or all(isinstance(item, (ast.Pass, ast.Expr)) for item in body):
            continue
        read = file.flow(kernel).read
        named = _named_by_decorators(kernel)
        for parameter in kernel.parameters:
            name = parameter.name
            if name in read or name in named or name.startswith("_"):
                continue
            yield report.at(parameter.node, f"{name} is not used in {kernel.name}.", tags=("unnecessary",))


def _named_by_decorators(kernel: Kernel) -> set[str]:
    """Names in texts of the decorators: autotune's key, what heuristics look at."""
    return {
        node.value
        for decorator in kernel.node.decorator_list
        for node in ast.walk(decorator)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


RULE = Rule(CODE, "unused-parameter", "hint", "a parameter that the kernel does not use", check)
