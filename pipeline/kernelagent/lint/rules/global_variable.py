"""A kernel reads a variable of the file that is no ``tl.constexpr``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Edit, Finding, Fix, Related
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA206"
_NUMBERS = (ast.Constant, ast.BinOp, ast.UnaryOp)
_PLAIN = (*_NUMBERS, ast.List, ast.Dict, ast.Set)


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    for kernel in file.kernels:
        for name, node in file.flow(kernel).globals_read.items():
            values = file.global_values.get(name)
            if values is None or name in file.names or not all(_is_plain(value) for value in values):
                continue
            yield report.at(
                node,
                f"{name} is a global variable, and a kernel sees only those that are tl.constexpr: write "
                f"{name} = tl.constexpr(...), or pass it as an argument.",
                related=(Related(file.source.span(values[0]), f"{name} is set here."),),
                fixes=_fixes(file, name, values),
            )


def _is_plain(node: ast.expr) -> bool:
    """A number, a text or a list as Python has them; what a call returns may be anything."""
    if isinstance(node, (ast.BinOp, ast.UnaryOp)):
        return all(isinstance(item, (*_NUMBERS, ast.operator, ast.unaryop)) for item in ast.walk(node))
    return isinstance(node, _PLAIN)


def _fixes(file: KernelFile, name: str, values: list[ast.expr]) -> tuple[Fix, ...]:
    language = file.names.own_language
    if len(values) != 1 or not isinstance(values[0], _NUMBERS) or language is None:
        return ()
    text = f"{language}.constexpr({file.source.text_of(values[0])})"
    return (Fix(f"Make {name} a {language}.constexpr", (Edit(file.source.span(values[0]), text),)),)


RULE = Rule(CODE, "global-variable", "error", "a kernel that reads a global variable", check)
