"""``tl.exp`` and its like on half precision, which they do not take."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Edit, Finding, Fix, Related, Span
from kernelagent.lint.language import FLOAT32_ONLY, HALF
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA302"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "hint")
    for kernel in file.kernels:
        told = False
        for call in file.flow(kernel).calls:
            if call.name not in FLOAT32_ONLY or call.is_method:
                continue
            value, node = call.values.get("x"), call.nodes.get("x")
            if value is None or node is None:
                continue
            if value.dtype in HALF:
                yield report.at(
                    call.node,
                    f"tl.{call.name} takes float32 and float64, and this is {value.dtype}: convert it with "
                    ".to(tl.float32) first.",
                    fixes=_fixes(file, node),
                    severity="error",
                )
            elif value.raw is not None and value.dtype is None and not told:
                told = True
                load = file.source.span(value.raw)
                yield report.at(
                    call.node,
                    f"tl.{call.name} does not take float16 or bfloat16: this kernel compiles for float32 inputs only. "
                    "Convert with .to(tl.float32) after the load, and it takes them all.",
                    related=(Related(load, "It is loaded here, and not converted."),),
                    fixes=_fixes_of_load(file, load),
                )


def _fixes(file: KernelFile, node: ast.expr) -> tuple[Fix, ...]:
    text, language = file.source.text_of(node), file.names.own_language
    if language is None:
        return ()
    simple = isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript))
    wrapped = text if simple else f"({text})"
    return (Fix("Convert to float32", (Edit(file.source.span(node), f"{wrapped}.to({language}.float32)"),), safe=True),)


def _fixes_of_load(file: KernelFile, load: Span) -> tuple[Fix, ...]:
    language = file.names.own_language
    if language is None:
        return ()
    end = Span(load.end_line, load.end_column, load.end_line, load.end_column)
    return (Fix("Convert to float32 after the load", (Edit(end, f".to({language}.float32)"),)),)


RULE = Rule(CODE, "half-function", "hint", "tl.exp and its like on what may be half precision", check)
