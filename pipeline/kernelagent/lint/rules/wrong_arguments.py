"""A function of Triton's language with too few or too many arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding
from kernelagent.lint.language import PARAMETERS
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA210"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    for kernel in file.kernels:
        for call in file.flow(kernel).calls:
            if call.is_method or call.name not in PARAMETERS or _hides_some(call.node):
                continue
            if not isinstance(call.node.func, ast.Attribute):
                continue  # min() and max() are Python's names too
            parameters, needed = PARAMETERS[call.name]
            missing = [name for name in parameters[:needed] if name not in call.nodes]
            others = sum(keyword.arg not in parameters[needed:] for keyword in call.node.keywords)
            if missing and len(call.node.args) + others < needed:  # a name that we do not know may be one of them
                hint = " Triton's where takes all three: the condition, and what to take on either side."
                yield report.at(
                    call.node,
                    f"tl.{call.name} needs {' and '.join(missing)} too.{hint if call.name == 'where' else ''}",
                )
            elif len(call.node.args) > len(parameters):
                yield report.at(
                    call.node,
                    f"tl.{call.name} takes {len(parameters)} argument{'s'[: len(parameters) != 1]}, "
                    f"and {len(call.node.args)} are given.",
                )


def _hides_some(node: ast.Call) -> bool:
    return any(isinstance(item, ast.Starred) for item in node.args) or any(item.arg is None for item in node.keywords)


RULE = Rule(CODE, "wrong-arguments", "error", "a function of Triton's with too few or too many arguments", check)
