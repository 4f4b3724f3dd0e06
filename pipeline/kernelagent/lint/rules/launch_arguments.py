"""A launch whose arguments do not fit the kernel's parameters."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding, Related, Span
from kernelagent.lint.launch import Launch
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA401"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    for launch in file.launches:
        kernel = launch.kernel
        if not kernel.has_only_known_decorators:
            continue
        related = (Related(file.source.header(kernel.node), f"{kernel.name} is declared here."),)
        supplied, complete = kernel.supplied
        for name, value in launch.twice:
            yield report.at(value, f"{name} is given twice: by its place and by its name.", related=related)
        for name in sorted(supplied & launch.given.keys()) if kernel.autotune is not None else ():
            if name in _tuned(launch):
                message = f"{name} is set by autotune's configurations, and must not be given at the launch too."
                yield report.at(launch.given[name], message, related=related)
        if launch.too_many is not None:
            count = len(kernel.parameters)
            message = f"{kernel.name} has {count} parameters, and more arguments are given."
            yield report.at(launch.too_many, message, related=related)
        missing = [
            parameter.name
            for parameter in kernel.parameters
            if parameter.default is None and parameter.name not in launch.given and parameter.name not in supplied
        ]
        for keyword in launch.unknown:
            if keyword.arg is not None and keyword.arg not in supplied:
                meant = get_close_matches(keyword.arg, kernel.by_name, 1)
                yield report.at(
                    keyword,
                    f"{kernel.name} has no parameter {keyword.arg}, and Triton no such option of a launch."
                    + (f" Is {meant[0]} meant?" if meant else ""),
                    related=related,
                    severity="error" if meant or (missing and launch.is_whole) else "warning",
                )
        if missing and launch.is_whole and complete:
            names = ", ".join(missing)
            yield report.at(_place(file, launch), f"{kernel.name} is launched without {names}.", related=related)


def _tuned(launch: Launch) -> frozenset[str]:
    """What the configurations set, heuristics left out: those may be overridden."""
    from kernelagent.lint.kernel import argument

    heuristic: set[str] = set()
    for call in launch.kernel.heuristics:
        values = argument(call, 0, "values")
        heuristic |= {str(getattr(key, "value", "")) for key in getattr(values, "keys", [])}
    return launch.kernel.supplied[0] - heuristic


def _place(file: KernelFile, launch: Launch) -> Span:
    """The kernel's name and its grid: not all the lines of the arguments."""
    return file.source.span(launch.call.func)


RULE = Rule(CODE, "launch-arguments", "error", "a launch whose arguments do not fit the kernel", check)
