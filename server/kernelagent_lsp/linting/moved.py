"""Where a place of an older text is in a newer one: lines before and after all that was changed keep their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kernelagent.lint.finding import Edit, Finding, Fix, Related, Span


class Moved:
    """From the lines of one text to those of another."""

    def __init__(self, before: Sequence[str], after: Sequence[str]) -> None:
        shortest = min(len(before), len(after))
        head = 0
        while head < shortest and before[head] == after[head]:
            head += 1
        tail = 0
        while tail < shortest - head and before[-1 - tail] == after[-1 - tail]:
            tail += 1
        self._head = head
        self._tail_begins = len(before) - tail
        self._shift = len(after) - len(before)

    @property
    def changed(self) -> tuple[int, int]:
        """The lines of the newer text that are not the older's: the first (0-based), and the one after the last."""
        return self._head, self._tail_begins + self._shift

    def line(self, number: int) -> int | None:
        """Where the line ``number`` (1-based) is now; ``None``: it was changed."""
        found = self.span(Span(number, 0, number, 0))
        return None if found is None else found.line

    def span(self, span: Span) -> Span | None:
        """``None``: a line of it was changed."""
        if span.end_line <= self._head:
            return span
        if span.line > self._tail_begins:
            return Span(span.line + self._shift, span.column, span.end_line + self._shift, span.end_column)
        return None

    def finding(self, finding: Finding) -> Finding | None:
        span = self.span(finding.span)
        if span is None:
            return None
        related = tuple(
            Related(there, other.message) for other in finding.related if (there := self.span(other.span)) is not None
        )
        fixes = tuple(fix for each in finding.fixes if (fix := self._fix(each)) is not None)
        return replace(finding, span=span, related=related, fixes=fixes)

    def _fix(self, fix: Fix) -> Fix | None:
        edits = [Edit(span, edit.text) for edit in fix.edits if (span := self.span(edit.span)) is not None]
        return replace(fix, edits=tuple(edits)) if len(edits) == len(fix.edits) else None
