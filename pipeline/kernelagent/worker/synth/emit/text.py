"""Pieces of kernel text: names, calls, brackets."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence

from kernelagent.worker.synth.emit.tile import Scope

RESERVED = {"tl", "triton", "torch", "math", "float", "range", "max", "min", "pid"}
"""Names that a generated kernel uses itself."""


LINE = 110
"""Characters; what is longer is laid out in several lines."""


def fresh_name(wanted: str, taken: set[str]) -> str:
    """``wanted`` as an identifier that is not in ``taken``, to which it is added."""
    base = re.sub(r"\W+", "_", wanted).strip("_") or "value"
    if base[0].isdigit():
        base = f"v_{base}"
    if keyword.iskeyword(base):
        base = f"{base}_"
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}_{count}"
    taken.add(name)
    return name


def unique(name: str, taken: set[str]) -> str:
    """``name``, with a number where it is in ``taken`` already; it is added."""
    candidate, count = name, 1
    while candidate in taken:
        count += 1
        candidate = f"{name}_{count}"
    taken.add(candidate)
    return candidate


def call(function: str, arguments: Sequence[str], indent: int) -> str:
    """A call on one line, or with a line for each argument where it would be too long."""
    text = f"{function}({', '.join(arguments)})"
    if len(text) + 4 * indent <= 92:
        return text
    inner, outer = "    " * (indent + 1), "    " * indent
    return f"{function}(\n" + "".join(f"{inner}{a},\n" for a in arguments) + f"{outer})"


def grouped_call(function: str, groups: Sequence[Sequence[str]], width: int, end: str = "") -> list[str]:
    """A call, or the first line of a definition, on one line of ``width`` characters; where that is too short, each
    group of arguments begins a line and fills as many as it needs."""
    line = f"{function}({', '.join(part for group in groups for part in group)}){end}"
    if len(line) <= width:
        return [line]
    rows: list[str] = []
    for group in groups:
        row = ""
        for part in group:
            if row and len(row) + len(part) + 6 > width:
                rows.append(row)
                row = ""
            row += f" {part}," if row else f"{part},"
        rows += [row] if row else []
    return [f"{function}(", *(f"    {row}" for row in rows), f"){end}"]


def bracketed(text: str) -> str:
    """Text that binds tighter than any operator."""
    atomic = re.fullmatch(r"[\w.]+|[\d.]+e[-+]?\d+|[\w.]+\([^()]*\)", text) is not None
    return text if atomic else f"({text})"


def joined(scopes: Sequence[Scope]) -> list[str]:
    return [line for scope in scopes for line in scope.lines]
