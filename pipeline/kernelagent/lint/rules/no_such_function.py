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
_TYPES = {"float": "float32", "half": "float16", "double": "float64", "int": "int32", "long": "int64", "bool": "int1"}
_FUNCTIONS = {"matmul": ("dot", 2), "mm": ("dot", 2), "transpose": ("trans", 1), "sync": ("debug_barrier", 0)}
"""Another name, and the number of arguments with which it is no more than that: what stands behind them in PyTorch's
means something else in Triton's."""


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    for kernel in file.kernels:
        calls = {id(node.func): node for node in kernel.nodes if isinstance(node, ast.Call)}
        for node in kernel.nodes:
            if not isinstance(node, ast.Attribute):
                continue
            name = file.names.language(node)
            if name not in MISTAKEN:
                continue
            yield report.at(
                node,
                f"triton.language has no {name}. Use {MISTAKEN[name]}.",
                fixes=_fixes(file, node, name, calls.get(id(node))),
            )


def _fixes(file: KernelFile, node: ast.Attribute, name: str, call: ast.Call | None) -> tuple[Fix, ...]:
    right = _TYPES.get(name) if call is None else None
    if call is not None and name in _FUNCTIONS and not call.keywords:
        function, count = _FUNCTIONS[name]
        is_same = len(call.args) == count and not any(isinstance(item, ast.Starred) for item in call.args)
        right = function if is_same else None
    if right is None:
        return ()
    span = file.source.span(node)
    place = type(span)(span.end_line, span.end_column - len(node.attr), span.end_line, span.end_column)
    return (Fix(f"Use {right}", (Edit(place, right),), safe=True),)


RULE = Rule(CODE, "no-such-function", "error", "a name that triton.language does not have", check)
