"""Making the edits of fixes to a text."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kernelagent.lint.finding import Edit, Finding, Span
from kernelagent.lint.linter import lint
from kernelagent.lint.source import split_lines

_ROUNDS = 10


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """``text`` with ``edits`` made, all against the text as it is, none touching another."""
    lines = split_lines(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(line: int, column: int) -> int:
        return starts[min(line - 1, len(lines))] + column

    for edit in sorted(edits, key=lambda edit: edit.span, reverse=True):
        span = edit.span
        text = text[: offset(span.line, span.column)] + edit.text + text[offset(span.end_line, span.end_column) :]
    return text


def fixed(text: str, select: Collection[str] = (), ignore: Collection[str] = ()) -> tuple[str, int]:
    """``text`` with all its safe fixes made, again as long as a fix makes room for another, and how many were mended.
    A fix that would leave what is no Python, or as many findings as before, is not made."""
    mended = 0
    linted = lint(text, select, ignore)
    for _ in range(_ROUNDS):
        edits, count = safe_edits(linted.findings)
        if not edits:
            break
        after = apply_edits(text, edits)
        again = lint(after, select, ignore)
        if not again.is_python or len(again.findings) >= len(linted.findings):
            break
        text, linted, mended = after, again, mended + count
    return text, mended


def safe_edits(findings: Iterable[Finding]) -> tuple[list[Edit], int]:
    """Edits of the first safe fix of each finding that touch no other, and how many findings they mend."""
    taken: list[Edit] = []
    mended = 0
    for finding in findings:
        fix = next((fix for fix in finding.fixes if fix.safe), None)
        if fix is None:
            continue
        if all(edit in taken for edit in fix.edits):
            mended += 1
        elif not any(_touch(edit.span, other.span) for edit in fix.edits for other in taken):
            taken += fix.edits
            mended += 1
    return taken, mended


def _touch(one: Span, other: Span) -> bool:
    return (one.line, one.column) <= (other.end_line, other.end_column) and (other.line, other.column) <= (
        one.end_line,
        one.end_column,
    )
