"""A grid with more than 65,535 programs along its second or third axis."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding
from kernelagent.lint.launch import Launch
from kernelagent.lint.rule import Report, Rule
from kernelagent.lint.rules.arange_not_power_of_two import whole_number

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA402"
_MOST = 65535


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "hint")
    for launch in file.launches:
        axes = launch.axes
        if axes is None:
            continue
        if len(axes) > 3 and whole_number(axes[3]) != 1:
            yield report.at(axes[3], "A grid has three axes: what stands here is ignored.", severity="warning")
        for axis, size in enumerate(axes[1:3], 1):
            number = whole_number(size)
            if number is not None and number > _MOST:
                yield report.at(
                    size,
                    f"Axis {axis} of a grid takes {_MOST} programs at most; only axis 0 takes more.",
                    severity="error",
                )
            elif number is None and _counts_elements(launch, size):
                yield report.at(
                    size,
                    f"Axis {axis} of a grid takes {_MOST} programs at most, and this grows with the number of "
                    "elements: put it on axis 0.",
                )


def _counts_elements(launch: Launch, size: ast.expr) -> bool:
    value = launch.value_of(size) or size
    return any(isinstance(node, ast.Attribute) and node.attr == "numel" for node in ast.walk(value))


RULE = Rule(CODE, "grid-too-large", "hint", "a grid that is too large on its second or third axis", check)
