"""A store without a mask where the last program of the grid runs past the end."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding, Related
from kernelagent.lint.flow import Access
from kernelagent.lint.kernel import Kernel
from kernelagent.lint.launch import Launch
from kernelagent.lint.rule import Report, Rule
from kernelagent.lint.rules.load_without_mask import bounded_elsewhere, is_unguarded, mask_fixes

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA102"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "warning")
    for kernel in file.kernels:
        flow = file.flow(kernel)
        for access in flow.accesses:
            if access.kind == "load" or not is_unguarded(access):
                continue
            masked = bounded_elsewhere(access, flow)
            if masked is not None:
                yield report.at(
                    access.node,
                    f"This {access.kind} has no mask, but the {masked.kind} of the same offsets has one: "
                    "the elements past the end are written.",
                    related=(Related(file.source.span(masked.node), f"This {masked.kind} is masked."),),
                    fixes=mask_fixes(file, flow, access, masked),
                )
                continue
            rounded = _rounded_up(file, kernel, access)
            if rounded is not None:
                launch, size = rounded
                yield report.at(
                    access.node,
                    f"This {access.kind} has no mask, and the grid is rounded up with {ast.unparse(size)}: "
                    "the last program writes past the end. Mask the offsets that are not below the size.",
                    related=(Related(file.source.span(launch.grid), "The grid is rounded up here."),),
                )


def _rounded_up(file: KernelFile, kernel: Kernel, access: Access) -> tuple[Launch, ast.expr] | None:
    """A launch whose grid covers more than the size, with nothing that says that it divides evenly."""
    if not access.pointer.programs or any(a.is_masked for a in file.flow(kernel).accesses):
        return None
    if access.call.path or access.pointer.rank != 1:
        return None
    for launch in file.launches_of(kernel):
        if _looks_at_remainders(launch):
            return None
        axes = launch.axes
        if axes is None or len(axes) != 1 or not isinstance(axes[0], (ast.Call, ast.BinOp, ast.Name)):
            continue
        size = launch.value_of(axes[0]) if isinstance(axes[0], ast.Name) else axes[0]
        if not isinstance(size, ast.Call) or file.names.of(size.func) != "triton.cdiv":
            continue
        if len(size.args) == 2 and not _divides(size.args[0]):
            return launch, size
    return None


def _divides(size: ast.expr) -> bool:
    return isinstance(size, ast.Constant) or (isinstance(size, ast.Call) and "power" in ast.unparse(size.func))


def _looks_at_remainders(launch: Launch) -> bool:
    return any(isinstance(node, ast.Mod) for node in launch.wrapper.nodes)


RULE = Rule(CODE, "store-without-mask", "warning", "a store that runs past the end in the last program", check)
