"""A name that ``triton.language`` does not have."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Edit, Finding, Fix
from kernelagent.lint.language import MISTAKEN
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA211"
_RENAMED = {"float": "float32", "half": "float16", "double": "float64", "int": "int32", "long": "int64"}
_RENAMED |= {"bool": "int1", "matmul": "dot", "mm": "dot", "transpose": "trans", "sync": "debug_barrier"}


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    for kernel in file.kernels:
        for node in kernel.nodes:
            if not isinstance(node, ast.Attribute):
                continue
            name = file.names.language(node)
            if name not in MISTAKEN:
                continue
            yield report.at(
                node,
                f"triton.language has no {name}. Use {MISTAKEN[name]}.",
                fixes=_fixes(file, node, name),
            )


def _fixes(file: KernelFile, node: ast.Attribute, name: str) -> tuple[Fix, ...]:
    right = _RENAMED.get(name)
    if right is None:
        return ()
    span = file.source.span(node)
    place = type(span)(span.end_line, span.end_column - len(node.attr), span.end_line, span.end_column)
    return (Fix(f"Use {right}", (Edit(place, right),), safe=True),)


RULE = Rule(CODE, "no-such-function", "error", "a name that triton.language does not have", check)
