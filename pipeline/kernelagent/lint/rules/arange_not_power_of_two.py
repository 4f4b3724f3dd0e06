"""``tl.arange`` over a number of elements that is no power of two."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding, Related
from kernelagent.lint.kernel import Kernel
from kernelagent.lint.launch import Launch
from kernelagent.lint.rule import Report, Rule
from kernelagent.lint.whole_numbers import folded

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA201"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    for kernel in file.kernels:
        told: set[str] = set()
        for call in file.flow(kernel).calls:
            if call.name != "arange" or call.is_method:
                continue
            start, end = call.nodes.get("start"), call.nodes.get("end")
            if start is None or end is None:
                continue
            values = _seen_in(file, kernel)
            first, last = folded(start, values), folded(end, values)
            if first is not None and last is not None and not is_power_of_two(last - first):
                yield report.at(
                    call.node,
                    f"tl.arange of {last - first} elements: the number must be a power of two. "
                    f"Take {_next(last - first)} and mask the rest.",
                )
            elif first == 0 and isinstance(end, ast.Name) and end.id in kernel.by_name and end.id not in told:
                told.add(end.id)
                yield from _launched(file, report, kernel, end.id, call.node)


def _seen_in(file: KernelFile, kernel: Kernel) -> dict[str, list[ast.expr]]:
    """What is assigned to the names that the kernel finds at the top of the file, and to its own constants."""
    own: dict[str, list[ast.expr]] = {name: [] for name in kernel.by_name}
    stored = [node.id for node in kernel.nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    for node in kernel.nodes:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                own[name] = [value] if stored.count(name) == 1 else []
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                own[name] = [value] if stored.count(name) == 1 else []
    return {**file.global_values, **{name: [] for name in stored}, **own}


def _launched(file: KernelFile, report: Report, kernel: Kernel, name: str, at: ast.Call) -> Iterator[Finding]:
    for launch in file.launches_of(kernel):
        given = launch.given.get(name)
        if given is None:
            continue
        known = {name: found for name, found in file.global_values.items() if name not in launch.wrapper.assignments}
        number = folded(given, {**known, **launch.wrapper.assignments})
        related = (Related(file.source.span(at), f"{name} is the number of elements of this tl.arange."),)
        if number is not None and not is_power_of_two(number):
            message = f"{name} is {number}, which is no power of two, and tl.arange(0, {name}) needs one."
            yield report.at(given, message, related=related)
        elif number is None and _is_a_size(launch, given):
            yield report.at(
                given,
                f"{name} is a tensor's size, and tl.arange(0, {name}) needs a power of two: "
                "pass triton.next_power_of_2 of it, and mask the elements beyond the size.",
                related=related,
                severity="information",
            )


def _is_a_size(launch: Launch, node: ast.expr) -> bool:
    """Whether ``node`` is ``x.shape[i]`` or the like, of which nothing else is asked in the wrapper."""
    if isinstance(node, ast.Name):
        name, wrapper = node.id, launch.wrapper
        assigned = wrapper.assignments.get(name, [])
        if not assigned or not all(_reads_shape(value) for value in assigned):
            return False
        compared = [item for item in wrapper.nodes if isinstance(item, (ast.Compare, ast.Assert, ast.BoolOp, ast.Mod))]
        return not any(
            isinstance(inner, ast.Name) and inner.id == name for item in compared for inner in ast.walk(item)
        )
    return _reads_shape(node) and not any(isinstance(item, ast.Assert) for item in launch.wrapper.nodes)


def _reads_shape(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
    if isinstance(node, ast.Attribute):
        return node.attr == "shape"
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("size", "numel")


def whole_number(node: ast.expr) -> int | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    return None


def is_power_of_two(number: int) -> bool:
    return number > 0 and number & (number - 1) == 0


def _next(number: int) -> int:
    return 1 << max(number - 1, 0).bit_length()


RULE = Rule(CODE, "arange-not-power-of-two", "error", "tl.arange over a number that is no power of two", check)
