"""Atomic updates of a tensor that the wrapper allocates and never fills."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Edit, Finding, Fix, Related
from kernelagent.lint.kernel import Kernel, argument
from kernelagent.lint.launch import Launch
from kernelagent.lint.rule import Report, Rule
from kernelagent.static.walk import walk

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA105"
_ASKING = frozenset(
    {"shape", "dtype", "device", "ndim", "stride", "size", "numel", "dim", "element_size", "is_contiguous"}
)
_EMPTY = {"empty": "zeros", "empty_like": "zeros_like", "new_empty": "new_zeros"}


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    for kernel in file.kernels:
        updated = _only_updated(file, kernel)
        if not updated or _resets(kernel):
            continue
        for launch in file.launches_of(kernel):
            for name in sorted(updated & launch.given.keys()):
                made = _allocation(launch, launch.given[name])
                if made is None or _is_filled(launch, launch.given[name]):
                    continue
                attribute = made.func.attr if isinstance(made.func, ast.Attribute) else ""
                yield report.at(
                    made,
                    f"{kernel.name} adds to this tensor atomically, and nothing has written it before: "
                    f"{attribute} leaves in it whatever was in memory.",
                    related=(Related(file.source.span(launch.call), f"It is handed over as {name} here."),),
                    fixes=_fixes(file, made),
                )


def _only_updated(file: KernelFile, kernel: Kernel) -> set[str]:
    flow = file.flow(kernel)
    updated = {a.pointer.root for a in flow.accesses if a.call.name == "atomic_add" and a.pointer.root is not None}
    return updated - {a.pointer.root for a in flow.accesses if a.kind == "store"}


def _resets(kernel: Kernel) -> bool:
    """Whether a tuned kernel's memory is reset before each run, or may be: by its configurations, wherever they are."""
    if kernel.autotune is None:
        return False
    if any(
        node.arg in ("reset_to_zero", "pre_hook") for node in walk(kernel.autotune) if isinstance(node, ast.keyword)
    ):
        return True
    return not isinstance(argument(kernel.autotune, 0, "configs"), (ast.List, ast.Tuple))


def _allocation(launch: Launch, node: ast.expr) -> ast.Call | None:
    value = launch.value_of(node)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in _EMPTY:
        return value
    return None


def _is_filled(launch: Launch, node: ast.expr) -> bool:
    """Whether anything may have written the tensor before this launch: whatever gets hold of it there, but for those
    that only ask what it is like."""
    if not isinstance(node, ast.Name):
        return False
    nodes = launch.wrapper.nodes
    asked = {id(n.value) for n in nodes if isinstance(n, ast.Attribute) and n.attr in _ASKING}
    handed = {id(n) for n in walk(launch.call)}
    start = (launch.call.lineno, launch.call.col_offset)
    return any(
        isinstance(n, ast.Name)
        and n.id == node.id
        and isinstance(n.ctx, ast.Load)
        and (n.lineno, n.col_offset) < start
        and not {id(n)} & (asked | handed)
        for n in nodes
    )


def _fixes(file: KernelFile, made: ast.Call) -> tuple[Fix, ...]:
    function = made.func
    if not isinstance(function, ast.Attribute) or not _takes_the_same(file, made, function):
        return ()
    span = file.source.span(function)
    start = type(span)(span.end_line, span.end_column - len(function.attr), span.end_line, span.end_column)
    filled = _EMPTY[function.attr]
    return (Fix(f"Use {filled}", (Edit(start, filled),), safe=True),)


def _takes_the_same(file: KernelFile, made: ast.Call, function: ast.Attribute) -> bool:
    """Whether the function that fills takes these arguments: ``torch.zeros`` knows no ``memory_format``."""
    if function.attr != "new_empty" and file.names.of(function) != f"torch.{function.attr}":
        return False  # of a library that need not have the other
    keywords = {keyword.arg for keyword in made.keywords}
    return None not in keywords and (function.attr == "empty_like" or "memory_format" not in keywords)


RULE = Rule(CODE, "atomic-on-uninitialised", "error", "atomic additions to memory that nothing has filled", check)
