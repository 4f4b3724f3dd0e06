"""A kernel that asks for an axis that its grid does not have, or that leaves out one that it has."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding, Related
from kernelagent.lint.flow import Call
from kernelagent.lint.kernel import Kernel
from kernelagent.lint.rule import Report, Rule
from kernelagent.lint.rules.arange_not_power_of_two import whole_number

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA407"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "warning")
    for kernel in file.kernels:
        asked = [call for call in file.flow(kernel).calls if call.name == "program_id" and not call.is_method]
        for call in asked:
            axis = _axis(call)
            if axis is not None and not 0 <= axis <= 2:
                message = f"A grid has the axes 0, 1 and 2: there is no axis {axis}."
                yield report.at(call.node, message, severity="error")
        launches = file.launches_of(kernel)
        generic = any(call.name == "num_programs" for call in file.flow(kernel).calls)  # it counts all axes itself
        if not launches or generic or kernel.name in file.called:
            continue
        sizes = [launch.axes for launch in launches]
        if any(axes is None for axes in sizes):
            continue
        widest = max(len(axes or ()) for axes in sizes)
        for call in asked:
            axis = _axis(call)
            if call.path:
                continue  # a branch for other launches
            if axis is not None and widest <= axis <= 2:
                yield report.at(
                    call.node,
                    f"{kernel.name} is launched on a grid of {widest} ax{'is' if widest == 1 else 'es'}: "
                    f"program_id({axis}) is always 0.",
                    related=(Related(file.source.span(launches[0].grid), "This is the grid."),),
                )
        known = _known(file, kernel, set())
        if known is None:
            continue
        for launch in launches:
            for axis, size in enumerate(launch.axes or ()):
                if axis not in known and whole_number(size) != 1:
                    yield report.at(
                        size,
                        f"{kernel.name} never asks for program_id({axis}): the programs along this axis of the grid "
                        "all do the same work.",
                        related=(Related(file.source.header(kernel.node), f"{kernel.name} is declared here."),),
                    )


def _axis(call: Call) -> int | None:
    node = call.nodes.get("axis")
    return None if node is None else whole_number(node)


def _known(file: KernelFile, kernel: Kernel, seen: set[str]) -> set[int] | None:
    """Axes that the kernel and what it calls ask for; ``None`` where that can't be told."""
    seen.add(kernel.name)
    flow = file.flow(kernel)
    if not flow.is_closed:
        return None
    if _takes_numbers(kernel):
        return None
    found: set[int] = set()
    for call in flow.calls:
        if call.name in ("program_id", "inline_asm_elementwise"):
            axis = _axis(call)
            if axis is None:
                return None
            found.add(axis)
    for name in flow.called:
        inner = file.by_name.get(name)
        if inner is None:
            continue
        if name not in seen:
            deeper = _known(file, inner, seen)
            if deeper is None:
                return None
            found |= deeper
    return found


def _takes_numbers(kernel: Kernel) -> bool:
    """Whether it uses what an atomic operation gives: programs may number themselves by it."""
    nodes = list(ast.walk(kernel.node))
    dropped = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    calls = (node for node in nodes if isinstance(node, ast.Call) and id(node) not in dropped)
    return any(isinstance(call.func, ast.Attribute) and call.func.attr.startswith("atomic_") for call in calls)


RULE = Rule(CODE, "grid-axes", "warning", "a kernel and a grid of different axes", check)
