"""What the linter says: a finding, where it is, and how it can be mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "information", "hint"]
"""error: does not compile, or is wrong; warning: probably wrong; the others: worth knowing."""

Tag = Literal["unnecessary", "deprecated"]


@dataclass(frozen=True, order=True)
class Span:
    """A piece of the text: from one character up to another."""

    line: int
    """1-based"""
    column: int
    """0-based, in characters"""
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Related:
    """Another place that has to do with a finding."""

    span: Span
    message: str


@dataclass(frozen=True)
class Edit:
    """Put ``text`` in the place of ``span``."""

    span: Span
    text: str


@dataclass(frozen=True)
class Fix:
    """One way to mend a finding."""

    title: str
    edits: tuple[Edit, ...]
    """All against the same text, none touching another."""
    safe: bool = False
    """It can't change what right code computes: ``--fix`` and "fix all" take it unasked."""


@dataclass(frozen=True)
class Finding:
    """Something to say about one place of a file."""

    code: str
    severity: Severity
    message: str
    """What is wrong, and what to do about it."""
    span: Span
    related: tuple[Related, ...] = ()
    fixes: tuple[Fix, ...] = ()
    tags: tuple[Tag, ...] = ()
