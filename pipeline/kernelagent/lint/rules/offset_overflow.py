"""Offsets of 32 bits that a tensor of more than 2**31 elements overflows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Edit, Finding, Fix, Span
from kernelagent.lint.flow import Flow
from kernelagent.lint.rule import Report, Rule
from kernelagent.lint.value import Kind, Value

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA106"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "hint")
    for kernel in file.kernels:
        if not file.is_launched(kernel):
            continue
        for node, left, right in file.flow(kernel).products:
            program = _program(node, left, right)
            if program is None:
                continue
            yield report.at(
                node,
                "This product of a program's index and a stride has 32 bits: it overflows for a tensor of more than "
                "2**31 elements. Convert the index with .to(tl.int64) if tensors may be that large.",
                fixes=_fixes(file, file.flow(kernel), program),
            )
            break  # one for a kernel says it


def _program(node: ast.BinOp, left: Value, right: Value) -> ast.expr | None:
    for (value, expression), (stride, other) in (
        ((left, node.left), (right, node.right)),
        ((right, node.right), (left, node.left)),
    ):
        if value.programs and value.kind is Kind.SCALAR and not value.wide and not stride.wide:
            named = isinstance(other, ast.Name) and "stride" in other.id.lower()
            if stride.kind is Kind.ARGUMENT and named:
                return expression
    return None


def _fixes(file: KernelFile, flow: Flow, program: ast.expr) -> tuple[Fix, ...]:
    origin = flow.assigned.get(program.id) if isinstance(program, ast.Name) else None
    if isinstance(origin, ast.Call):  # where the index is made, so that every use of it is converted
        program = origin
    span = file.source.span(program)
    end = Span(span.end_line, span.end_column, span.end_line, span.end_column)
    language = file.names.own_language
    if language is None or not isinstance(program, (ast.Name, ast.Call)):
        return ()
    return (Fix("Convert the index to 64 bits", (Edit(end, f".to({language}.int64)"),)),)


RULE = Rule(CODE, "offset-overflow", "hint", "a 32-bit product of a program's index and a stride", check)
