"""Errors of example inputs stand at the directive that the inputs come from."""

from __future__ import annotations

from collections.abc import Sequence

from kernelagent.driver.directive import place_of
from kernelagent.errors import BadExampleInputs, InitFailed, InputsDoNotFit

_PARTS = {InputsDoNotFit.__name__: "inputs", InitFailed.__name__: "init"}


def place_of_error(lines: Sequence[str], class_line: int, code: str, message: str) -> tuple[int, str] | None:
    """The directive's line (1-based) above the class, and the part of it that is wrong, as far as that is known.
    ``None``: the error is of something else, or there is no directive."""
    if code not in (*_PARTS, BadExampleInputs.__name__):
        return None
    first = class_line
    while first > 1 and lines[first - 2].lstrip().startswith("@"):
        first -= 1
    place = place_of([line.rstrip("\r\n") for line in lines], first)
    if place is None:
        return None
    told = next((part for part in ("inputs", "init") if message.startswith(f"{part} ")), "")
    part = _PARTS.get(code) or told
    says = " ".join(place[1])
    return (place[0], part) if not part or f"{part}=" in says.replace(" =", "=") else None
