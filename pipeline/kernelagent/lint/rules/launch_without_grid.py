"""A kernel that is called from the host like a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding, Related
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA408"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    seen: set[int] = set()
    for wrapper in file.wrappers:
        if any(isinstance(node, ast.Attribute) and file.names.language(node) for node in wrapper.nodes):
            continue  # code for the device, under a decorator that we do not know
        for node in wrapper.nodes:
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or id(node) in seen:
                continue
            kernel = file.by_name.get(node.func.id)
            name = node.func.id
            if kernel is None or name in wrapper.assignments or name in file.global_values:
                continue
            if not kernel.has_only_known_decorators or _is_a_parameter(wrapper.node, name):
                continue
            seen.add(id(node))
            yield report.at(
                node.func,
                f"{name} is a kernel: it is launched with a grid, {name}[grid](...).",
                related=(Related(file.source.header(kernel.node), f"{name} is declared here."),),
            )


def _is_a_parameter(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.FunctionDef) and any(argument.arg == name for argument in node.args.args)


RULE = Rule(CODE, "launch-without-grid", "error", "a kernel that is called without a grid", check)
