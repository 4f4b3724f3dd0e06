"""``and`` and ``or`` between blocks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Edit, Finding, Fix
from kernelagent.lint.flow import Test
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA204"
_TIGHT = (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.Constant)


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "warning")
    for kernel in file.kernels:
        for test in file.flow(kernel).tests:
            if test.what not in ("and", "or") or not isinstance(test.node, ast.BoolOp):
                continue
            sign = "&" if test.what == "and" else "|"
            yield report.at(
                test.node,
                f"{test.what!r} between blocks is deprecated in the compiler, and in Triton's interpreter it is "
                f"Python's: one whole side is taken. Use {sign}, with parentheses around comparisons.",
                fixes=_fixes(file, test, sign),
                tags=("deprecated",),
            )


def _fixes(file: KernelFile, test: Test, sign: str) -> tuple[Fix, ...]:
    """The whole expression anew, with parentheses around what the sign binds tighter than. It is safe between
    conditions only: ``mask and 2`` is the mask, ``mask & 2`` is nothing."""
    node = test.node
    if not isinstance(node, ast.BoolOp):
        return ()
    span = file.source.span(node)
    text = file.source.between(span)
    if "#" in text or span.line != span.end_line:
        return ()
    parts = [file.source.text_of(value) for value in node.values]
    wrapped = [
        part if isinstance(value, _TIGHT) else f"({part})" for part, value in zip(parts, node.values, strict=True)
    ]
    return (Fix(f"Use {sign}", (Edit(span, f" {sign} ".join(wrapped)),), safe=test.is_of_conditions),)


RULE = Rule(CODE, "block-boolean", "warning", "'and' or 'or' between blocks", check)
