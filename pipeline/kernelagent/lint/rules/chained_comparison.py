"""``a <= x < b`` in a kernel."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Edit, Finding, Fix
from kernelagent.lint.language import ATOMICS, PARAMETERS
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


_LOOSER = (ast.Compare, ast.BoolOp, ast.IfExp, ast.Lambda, ast.NamedExpr)
"""What a comparison's sign binds tighter than; so does it than ``not``."""


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
    sides = (node.left, *node.comparators)
    if any(isinstance(i, _LOOSER) or (isinstance(i, ast.UnaryOp) and isinstance(i.op, ast.Not)) for i in sides):
        return ()
    if any(_acts(file, part) for item in node.comparators[:-1] for part in ast.walk(item)):
        return ()
    pairs = [
        f"({left} {_SIGNS[type(op)]} {right})" for left, op, right in zip(parts, node.ops, parts[1:], strict=False)
    ]
    return (Fix("Compare twice", (Edit(span, f"({f' {joint} '.join(pairs)})"),), safe=True),)


def _acts(file: KernelFile, node: ast.AST) -> bool:
    """Whether it may do more than compute, and so may not be written twice: an atomic update, an unknown function."""
    if not isinstance(node, ast.Call):
        return False
    name = file.names.language(node.func)
    return name is None or name not in PARAMETERS or name in ATOMICS


RULE = Rule(CODE, "chained-comparison", "error", "a comparison of more than two values", check)
