"""Launches that round sizes up: offsets that cover more than there is, with no mask in sight."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernelagent.lint.flow import Access, Flow
from kernelagent.lint.kernel import Kernel
from kernelagent.lint.launch import Launch

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile


@dataclass(frozen=True)
class Rounded:
    """A size that a launch rounds up."""

    what: str
    place: ast.expr


def rounded_launch(file: KernelFile, kernel: Kernel, access: Access) -> Rounded | None:
    """What a launch rounds up, so that the offsets of ``access`` cover more than the size; with nothing in sight that
    says that it divides evenly, and no mask anywhere."""
    flow = file.flow(kernel)
    if any(other.is_masked or "boundary_check" in other.call.nodes for other in flow.accesses):
        return None
    if access.call.path or access.pointer.rank != 1:
        return None
    for launch in file.launches_of(kernel):
        if any(isinstance(node, ast.Mod) for node in launch.wrapper.nodes):
            return None
        axes = launch.axes
        rows = axes[0] if access.pointer.programs and axes is not None and len(axes) == 1 else None
        if rows is not None and _rounds_up(file, launch, rows, "triton.cdiv", 2):
            return Rounded("The grid", launch.grid)
        for name in _ranges(flow, access):
            given = launch.given.get(name)
            if given is not None and _rounds_up(file, launch, given, "triton.next_power_of_2", 1):
                return Rounded(name, given)
    return None


def _ranges(flow: Flow, access: Access) -> list[str]:
    """Parameters that are the length of a ``tl.arange`` in the offsets of ``access``."""
    ends = [
        call.nodes.get("end")
        for call in flow.calls
        if call.name == "arange" and flow.made.get(call.node) in access.pointer.leaves
    ]
    return [end.id for end in ends if isinstance(end, ast.Name) and end.id in flow.kernel.by_name]


def _rounds_up(file: KernelFile, launch: Launch, node: ast.expr, function: str, count: int) -> bool:
    """Whether ``node`` is what ``function`` makes of a size that is not a constant."""
    size = launch.value_of(node)
    if not isinstance(size, ast.Call) or file.names.of(size.func) != function or len(size.args) != count:
        return False
    first = launch.value_of(size.args[0]) or size.args[0]
    return not isinstance(first, ast.Constant) and not (
        isinstance(first, ast.Call) and "power" in ast.unparse(first.func)
    )
