"""A store without a mask where the last program of the grid runs past the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding, Related
from kernelagent.lint.rounding import rounded_launch
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
            launch = rounded_launch(file, kernel, access)
            if launch is not None:
                yield report.at(
                    access.node,
                    f"This {access.kind} has no mask, and the last program's offsets run past the size, which is "
                    "rounded up at the launch: it writes past the end. Mask the offsets that are not below the size.",
                    related=(Related(file.source.span(launch.place), f"{launch.what} is rounded up here."),),
                )


RULE = Rule(CODE, "store-without-mask", "warning", "a store that runs past the end in the last program", check)
