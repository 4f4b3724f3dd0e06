"""A grid whose size is rounded down, beside a kernel that masks what runs past the end."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Edit, Finding, Fix, Related
from kernelagent.lint.launch import Launch
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA409"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "warning")
    for launch in file.launches:
        flow = file.flow(launch.kernel)
        goes_on = any(call.name == "num_programs" for call in flow.calls)
        if goes_on or any(isinstance(node, (ast.Mod, ast.Assert)) for node in launch.wrapper.nodes):
            continue  # programs that take several blocks; sizes that are looked at
        for size in launch.axes or ():
            quotient = launch.value_of(size) or size
            if not isinstance(quotient, ast.BinOp) or not isinstance(quotient.op, ast.FloorDiv):
                continue
            mask = _masked_by(file, launch, quotient.left)
            if mask is None:
                continue
            counted, block = file.source.text_of(quotient.left), file.source.text_of(quotient.right)
            yield report.at(
                quotient,
                f"The grid is rounded down: where {counted} is no multiple of {block} the rest is in no program, "
                f"though {launch.kernel.name} masks by it. Take triton.cdiv.",
                related=(Related(file.source.span(mask), "This mask is for the last program."),),
                fixes=_fixes(file, quotient),
            )


def _masked_by(file: KernelFile, launch: Launch, counted: ast.expr) -> ast.Compare | None:
    """The kernel's comparison with the parameter that is given ``counted``, where a masked access depends on it."""
    if isinstance(counted, (ast.Constant, ast.BinOp, ast.UnaryOp)):
        return None
    wanted = ast.dump(launch.value_of(counted) or counted)
    names = {name for name, given in launch.given.items() if ast.dump(launch.value_of(given) or given) == wanted} - {
        name for name, parameter in launch.kernel.by_name.items() if parameter.is_constexpr
    }
    if not any(access.is_masked for access in file.flow(launch.kernel).accesses):
        return None
    for node in launch.kernel.nodes:
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Lt):
            bound = node.comparators[0]
            if isinstance(bound, ast.Name) and bound.id in names:
                return node
    return None


def _fixes(file: KernelFile, quotient: ast.BinOp) -> tuple[Fix, ...]:
    left, right = file.source.text_of(quotient.left), file.source.text_of(quotient.right)
    return (Fix("Round the grid up", (Edit(file.source.span(quotient), f"triton.cdiv({left}, {right})"),)),)


RULE = Rule(CODE, "grid-rounded-down", "warning", "a grid that is rounded down beside a mask", check)
