"""``a <= x < b`` in a kernel."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Edit, Finding, Fix
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA205"
_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    for kernel in file.kernels:
        for node, is_constant in file.flow(kernel).chained:
            yield report.at(
                node,
                "Triton does not take a comparison of more than two values: compare twice and join with &.",
                fixes=_fixes(file, node, "and" if is_constant else "&"),
            )


def _fixes(file: KernelFile, node: ast.Compare, joint: str) -> tuple[Fix, ...]:
    span = file.source.span(node)
    if span.line != span.end_line or any(type(op) not in _SIGNS for op in node.ops):
        return ()
    parts = [file.source.text_of(item) for item in (node.left, *node.comparators)]
    if any(isinstance(item, (ast.Compare, ast.BoolOp, ast.IfExp)) for item in (node.left, *node.comparators)):
        return ()
    pairs = [
        f"({left} {_SIGNS[type(op)]} {right})" for left, op, right in zip(parts, node.ops, parts[1:], strict=False)
    ]
    return (Fix("Compare twice", (Edit(span, f"({f' {joint} '.join(pairs)})"),), safe=True),)


RULE = Rule(CODE, "chained-comparison", "error", "a comparison of more than two values", check)
