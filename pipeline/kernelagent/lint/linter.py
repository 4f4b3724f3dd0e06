"""From a text to its findings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kernelagent.lint.finding import Finding, Span
from kernelagent.lint.kernel_file import KernelFile
from kernelagent.lint.registry import RULES
from kernelagent.lint.source import NOT_PYTHON, Source
from kernelagent.lint.suppression import is_suppressed, suppressed_lines

SYNTAX_ERROR = "KA000"
"""The code of what is no Python."""


@dataclass(frozen=True)
class Linted:
    """What the linter says of one text."""

    findings: tuple[Finding, ...]
    """In the order of the text."""
    is_python: bool = True
    """``False``: nothing could be looked at; the one finding says why."""


def lint(text: str, select: Collection[str] = (), ignore: Collection[str] = ()) -> Linted:
    """Look for what the rules ``select`` (all if empty, ``ignore`` left out) look for. A code's beginning stands for
    all that begin so: ``KA1``. A text that does not mention Triton has no findings. Never raises."""
    if "triton" not in text:
        return Linted(())
    try:
        source = Source(text)
    except NOT_PYTHON as exc:
        return Linted((_not_python(exc),), is_python=False)
    file = KernelFile(source)
    if not file.kernels and not file.names.mentions("triton"):
        return Linted(())
    silent = suppressed_lines(source.lines)
    found = {
        finding
        for rule in RULES
        if is_chosen(rule.code, select, ignore)
        for finding in rule.check(file)
        if not is_suppressed(finding, silent)
    }
    return Linted(tuple(sorted(found, key=lambda finding: (finding.span, finding.code, finding.message))))


def is_chosen(code: str, select: Collection[str], ignore: Collection[str]) -> bool:
    chosen = not select or any(code.startswith(item.upper()) for item in select if item)
    return chosen and not any(code.startswith(item.upper()) for item in ignore if item)


def _not_python(exc: Exception) -> Finding:
    line, column = 1, 0
    if isinstance(exc, SyntaxError):
        line, column = exc.lineno or 1, max((exc.offset or 1) - 1, 0)
    message = exc.msg if isinstance(exc, SyntaxError) else str(exc)
    return Finding(SYNTAX_ERROR, "error", f"This is not Python: {message}.", Span(line, column, line, column))
