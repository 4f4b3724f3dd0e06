"""A size that must be known when the kernel is compiled, and is a plain argument."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Edit, Finding, Fix, Related
from kernelagent.lint.flow import Call
from kernelagent.lint.kernel import Kernel, Parameter
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA202"
_SIZES = {"arange": ("start", "end"), "zeros": ("shape",), "full": ("shape",)}


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    for kernel in file.kernels:
        if not file.is_launched(kernel):
            continue  # what calls a helper may hand it constants
        seen: set[str] = set()
        flow = file.flow(kernel)
        for call in flow.calls:
            for parameter, node in _arguments(kernel, call, flow.assigned.keys()):
                if parameter.name in seen:
                    continue
                seen.add(parameter.name)
                yield report.at(
                    node,
                    f"{parameter.name} must be known when the kernel is compiled, to be a size in tl.{call.name}: "
                    "annotate it as tl.constexpr.",
                    related=(Related(file.source.span(parameter.node), "The parameter is declared here."),),
                    fixes=_fixes(file, parameter),
                )


def _arguments(kernel: Kernel, call: Call, assigned: object) -> Iterator[tuple[Parameter, ast.expr]]:
    if call.is_method:
        return
    for name in _SIZES.get(call.name, ()):
        given = call.nodes.get(name)
        parts = given.elts if isinstance(given, (ast.Tuple, ast.List)) else [given]
        for part in parts:
            for node in _names(part):
                parameter = kernel.by_name.get(node.id)
                if parameter is not None and not parameter.is_constexpr and not _is_set(kernel, node.id):
                    yield parameter, node


def _names(node: ast.expr | None) -> Iterator[ast.Name]:
    """Names that a size is made of, where it is made of nothing but names and numbers."""
    if isinstance(node, ast.Name):
        yield node
    elif isinstance(node, ast.BinOp):
        yield from _names(node.left)
        yield from _names(node.right)


def _is_set(kernel: Kernel, name: str) -> bool:
    """Whether the body gives the name another meaning."""
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in ast.walk(kernel.node)
    )


def _fixes(file: KernelFile, parameter: Parameter) -> tuple[Fix, ...]:
    language = file.names.own_language
    if language is None:
        return ()
    text = f"{language}.constexpr"
    if parameter.node.annotation is not None:
        edit = Edit(file.source.span(parameter.node.annotation), text)
    else:
        edit = Edit(file.source.span(parameter.node), f"{parameter.name}: {text}")
    return (Fix(f"Annotate it as {text}", (edit,), safe=True),)


RULE = Rule(CODE, "not-constexpr", "error", "a block's size that is a plain argument", check)
