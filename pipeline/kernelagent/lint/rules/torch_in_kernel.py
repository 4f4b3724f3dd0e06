"""A kernel that names PyTorch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Edit, Finding, Fix
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA504"
_ITS_OWN = "torch._inductor."
"""Kernels that Inductor has written call its own @triton.jit functions."""
_DTYPES = frozenset({"float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8"})


_NUMBERS = frozenset({"inf", "nan", "pi", "e", "itemsize"})
_LIMITS = ("torch.finfo", "torch.iinfo", "numpy.finfo", "numpy.iinfo")
_TYPES_OF_TRITON = ("dtype", "element_ty", "scalar")


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    is_judged = file.judged is not None and bool(file.judged.entries)
    for kernel in file.kernels:
        parents = {id(child): node for node in kernel.nodes for child in ast.iter_child_nodes(node)}
        inner = {id(node.value) for node in kernel.nodes if isinstance(node, ast.Attribute)}
        for node in kernel.nodes:
            if id(node) in inner or not isinstance(node, (ast.Attribute, ast.Name)):
                continue  # the whole of a dotted path is looked at
            path = file.names.of(node)
            if path is None or not (path == "torch" or path.startswith(("torch.", "numpy."))):
                continue
            if path.startswith(_ITS_OWN):
                continue
            parent = parents.get(id(node))
            if isinstance(parent, ast.keyword):
                parent = parents.get(id(parent))
            if isinstance(parent, ast.Compare) and _is_of_triton(file, parent):
                yield report.at(
                    node,
                    f"A type in a kernel is Triton's, and none of them equals {path}.",
                    fixes=_fixes(file, node, path, safe=False),
                )
            elif not _is_constant(file, path, parent):
                is_argument = isinstance(parent, ast.Call) and _takes_a_type(file, parent)
                yield report.at(
                    node,
                    f"{path} inside a kernel: Triton's compiler knows nothing of it, use Triton's own language.",
                    fixes=_fixes(file, node, path, safe=True) if is_argument else (),
                )
            elif is_judged and path.startswith("torch."):
                yield report.at(
                    node, f"{path} inside a kernel: it compiles, but the judge takes none of it.", severity="warning"
                )


def _is_constant(file: KernelFile, path: str, parent: ast.AST | None) -> bool:
    """Whether Python works it out when the kernel is compiled: a number, a type's limits, types that are compared."""
    if isinstance(parent, ast.Compare):
        return all(isinstance(op, (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)) for op in parent.ops)
    if path.rpartition(".")[2] in _NUMBERS:
        return True
    return isinstance(parent, ast.Call) and file.names.of(parent.func) in _LIMITS


def _is_of_triton(file: KernelFile, comparison: ast.Compare) -> bool:
    """Whether a type of Triton's is compared: ``x.dtype`` is one."""
    sides = [side for side in (comparison.left, *comparison.comparators) if isinstance(side, ast.Attribute)]
    return any(side.attr in _TYPES_OF_TRITON and file.names.of(side) is None for side in sides)


def _takes_a_type(file: KernelFile, call: ast.Call) -> bool:
    """Whether it is Triton's own, which takes no other's types: a helper may compare what it is given."""
    return file.names.language(call.func) is not None or (
        isinstance(call.func, ast.Attribute) and call.func.attr in ("to", "cast") and file.names.of(call.func) is None
    )


def _fixes(file: KernelFile, node: ast.expr, path: str, *, safe: bool) -> tuple[Fix, ...]:
    name, language = path.rpartition(".")[2], file.names.own_language
    if name not in _DTYPES or language is None:
        return ()
    right = f"{language}.{name}"
    return (Fix(f"Use {right}", (Edit(file.source.span(node), right),), safe=safe),)


RULE = Rule(CODE, "torch-in-kernel", "error", "PyTorch inside a kernel", check)
