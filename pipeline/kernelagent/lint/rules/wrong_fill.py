"""A reduction over masked-off elements that are not neutral: zeros under a maximum, anything but zero under a sum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding, Related
from kernelagent.lint.flow import Call
from kernelagent.lint.rule import Report, Rule
from kernelagent.lint.rules.undefined_in_reduction import reduced_tails
from kernelagent.lint.value import Rest, Tail, Value

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA104"
_LARGE = 1000.0
"""Beyond this a number is meant as infinity."""


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "warning")
    for kernel in file.kernels:
        for call in file.flow(kernel).calls:
            value = call.values.get("input")
            if value is None:
                continue
            for tail in reduced_tails(call) if call.name in _WRONG else ():
                what = _WRONG[call.name](call, value, tail)
                if what is None:
                    continue
                yield report.at(
                    call.node,
                    what,
                    severity="warning" if call.name == "sum" else "information",
                    related=(Related(file.source.span(tail.load), "The elements are masked here."),),
                )
                break


def _sum(call: Call, value: Value, tail: Tail) -> str | None:
    if tail.fill is Rest.UNDEFINED or tail.fill == 0:
        return None
    if isinstance(tail.fill, float):
        return (
            f"This sum takes in the masked-off elements, which are {_shown(tail.fill)} here, not 0: "
            "it is wrong whenever the last block is not full. Put zeros there with tl.where before the sum."
        )
    return (
        "This sum takes in the masked-off elements. They were loaded as a neutral value, but what has been computed "
        "with them since is not 0: it is wrong whenever the last block is not full. "
        "Put zeros there with tl.where(mask, ..., 0.0) before the sum."
    )


def _maximum(call: Call, value: Value, tail: Tail) -> str | None:
    if not isinstance(tail.fill, float) or tail.fill < -_LARGE or value.never_negative:
        return None
    if value.raw is not tail.load and tail.fill != 0:
        return None
    if value.dtype is not None and "int" in value.dtype:
        return None
    return (
        f"This maximum takes in the masked-off elements, which are {_shown(tail.fill)}: where all others are "
        'smaller, it is wrong. Load with other=-float("inf"), of an integer type with its least number.'
    )


def _minimum(call: Call, value: Value, tail: Tail) -> str | None:
    if not isinstance(tail.fill, float) or tail.fill > _LARGE:
        return None
    if value.raw is not tail.load and tail.fill != 0:
        return None
    if value.dtype is not None and "int" in value.dtype:
        return None
    return (
        f"This minimum takes in the masked-off elements, which are {_shown(tail.fill)}: where all others are "
        'larger, it is wrong. Load with other=float("inf"), of an integer type with its largest number.'
    )


_WRONG = {"sum": _sum, "max": _maximum, "argmax": _maximum, "min": _minimum, "argmin": _minimum}


def _shown(number: float) -> str:
    return f"{number:g}"


RULE = Rule(CODE, "wrong-fill", "warning", "a reduction over masked-off elements that are not neutral", check)
