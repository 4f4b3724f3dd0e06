"""A wrapper hands tensors to a kernel that takes them for contiguous, and nothing makes them so."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Edit, Finding, Fix, Related, Span
from kernelagent.lint.kernel_file import Wrapper
from kernelagent.lint.launch import Launch
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA406"
_LAYOUT = frozenset({"contiguous", "is_contiguous", "stride", "strides", "view", "reshape", "flatten", "ravel"})
_LAYOUT |= {"as_strided", "is_non_overlapping_and_dense", "make_contiguous", "data_ptr", "to", "clone"}


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "hint")
    called = _called(file)
    for launch in file.launches:
        wrapper = launch.wrapper
        if not isinstance(wrapper.node, ast.FunctionDef) or wrapper.node.decorator_list or wrapper.name in called:
            continue
        if not _is_entry(wrapper) or wrapper.attributes & _LAYOUT or _takes_strides(launch):
            continue
        names = {argument.arg for argument in wrapper.node.args.args} - {"self", "ctx"}
        pointers = _pointers(file, launch)
        taken = [
            value
            for name, value in launch.given.items()
            if name in pointers and isinstance(value, ast.Name) and value.id in names
        ]
        taken = [value for value in taken if isinstance(value, ast.Name) and value.id not in wrapper.assignments]
        if not taken:
            continue
        first = taken[0]
        yield report.at(
            first,
            f"{launch.kernel.name} takes this tensor for contiguous: it gets no strides, and nothing here checks. "
            "A transposed or sliced tensor gives wrong numbers.",
            related=(Related(file.source.header(launch.kernel.node), "It computes offsets without strides."),),
            fixes=_fixes(file, wrapper, first),
        )


def _is_entry(wrapper: Wrapper) -> bool:
    """Whether anybody may call it, with any tensor: an inner function of a library has callers that know it."""
    if wrapper.owner is not None:
        return wrapper.name == "forward" and any("Module" in ast.unparse(base) for base in wrapper.owner.bases)
    return wrapper.name == "kernel_function"


def _pointers(file: KernelFile, launch: Launch) -> set[str]:
    """Parameters that the kernel loads blocks from, without a stride."""
    accesses = file.flow(launch.kernel).accesses
    return {a.pointer.root for a in accesses if a.pointer.root is not None and a.kind == "load" and a.pointer.is_block}


def _takes_strides(launch: Launch) -> bool:
    return any("stride" in name.lower() for name in launch.kernel.by_name)


def _called(file: KernelFile) -> set[str]:
    """Functions and methods that another function of this file calls: their caller may see to it."""
    return {
        node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        for wrapper in file.wrappers
        for node in wrapper.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute))
    }


def _fixes(file: KernelFile, wrapper: Wrapper, node: ast.expr) -> tuple[Fix, ...]:
    if not isinstance(node, ast.Name):
        return ()
    span = file.source.span(node)
    end = Span(span.end_line, span.end_column, span.end_line, span.end_column)
    return (Fix(f"Pass {node.id}.contiguous()", (Edit(end, ".contiguous()"),)),)


RULE = Rule(CODE, "assumes-contiguous", "hint", "a kernel without strides, and nothing that checks the layout", check)
