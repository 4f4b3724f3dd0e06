"""``# kernelagent: ignore[KA101]`` at the end of a line: findings that begin or end there are not told."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kernelagent.lint.finding import Edit, Finding, Fix, Span
from kernelagent.lint.source import split_lines

_COMMENT = re.compile(r"#\s*kernelagent:\s*ignore(?:\[(?P<codes>[^\]]*)\])?")


def suppressed_lines(lines: Sequence[str]) -> dict[int, frozenset[str] | None]:
    """By line (1-based) the codes that are ignored there; ``None``: all."""
    found: dict[int, frozenset[str] | None] = {}
    for number, line in enumerate(lines, 1):
        match = _COMMENT.search(line) if "kernelagent:" in line else None
        if match is not None:
            codes = match["codes"]
            found[number] = None if codes is None else frozenset(re.findall(r"\w+", codes.upper()))
    return found


def is_suppressed(finding: Finding, lines: dict[int, frozenset[str] | None]) -> bool:
    for number in (finding.span.line, finding.span.end_line):
        if number in lines:
            codes = lines[number]
            if codes is None or finding.code in codes:
                return True
    return False


def suppressing(text: str, finding: Finding) -> Fix | None:
    """The comment that silences ``finding``, at the end of its last line; ``None`` where no comment can stand."""
    lines = split_lines(text)
    number = finding.span.end_line
    if not 0 < number <= len(lines):
        return None
    line = lines[number - 1].rstrip("\r\n")
    title = f"Ignore {finding.code} on this line"
    present = _COMMENT.search(line)
    if present is not None and present["codes"] is not None:
        end = present.end() - 1
        before = present["codes"].strip()
        added = f", {finding.code}" if before else finding.code
        return Fix(title, (Edit(Span(number, end, number, end), added),))
    if line.rstrip().endswith("\\"):  # a comment would break the line that goes on
        return None
    end = len(line.rstrip())
    comment = f"  # kernelagent: ignore[{finding.code}]"
    return Fix(title, (Edit(Span(number, end, number, len(line)), comment),))
