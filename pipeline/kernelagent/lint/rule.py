"""A rule: its code, what it is called, and the function that looks for it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding, Fix, Related, Severity, Span, Tag

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile


@dataclass(frozen=True)
class Rule:
    """One thing that the linter looks for. ``docs/lint/<code>.md`` explains it."""

    code: str
    name: str
    severity: Severity
    """Of most of its findings; one may say less or more."""
    summary: str
    check: Callable[[KernelFile], Iterator[Finding]]


class Report:
    """Makes the findings of one rule in one file."""

    def __init__(self, file: KernelFile, code: str, severity: Severity) -> None:
        self._file, self._code, self._severity = file, code, severity

    def at(
        self,
        place: ast.AST | Span,
        message: str,
        *,
        related: tuple[Related, ...] = (),
        fixes: tuple[Fix, ...] = (),
        tags: tuple[Tag, ...] = (),
        severity: Severity | None = None,
    ) -> Finding:
        span = place if isinstance(place, Span) else self._file.source.span(place)
        return Finding(self._code, severity or self._severity, message, span, related, fixes, tags)
