"""What the judge's static check says, sorted by what it is about.

It looks at files that are kernels to be judged: those with ``kernel_function``, ``ModelNew`` or ``<Class>Triton``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Span
from kernelagent.static.scan import Finding as Said

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

_SORTS = (
    ("inside a Triton kernel", "kernel"),
    ("imports ", "import"),
    ("computes ", "computes"),
    ("calls .", "computes"),
    ("multiplies ", "computes"),
    ("inherits ", "computes"),
)
"""Words of the check, and the sort of finding that has them."""


def said(file: KernelFile, sort: str) -> Iterator[tuple[Span, str]]:
    """Where and what, for the findings of one ``sort``: ``kernel``, ``import``, ``computes`` or ``reaches``."""
    scan = file.judged
    if scan is None or not scan.entries:
        return
    for finding in scan.findings:
        if sort_of(finding.what) == sort:
            yield _span(file, finding), finding.what


def sort_of(what: str) -> str:
    for words, sort in _SORTS:
        if what.startswith(words) or (sort == "kernel" and words in what):
            return sort
    return "reaches"


def _span(file: KernelFile, finding: Said) -> Span:
    """The expression that the finding is about, as far as its words name one; else its line."""
    line = file.source.lines[finding.line - 1].rstrip("\r\n")
    start = len(line) - len(line.lstrip())
    whole = Span(finding.line, start, finding.line, len(line.rstrip()))
    words = finding.what.replace(",", " ").replace("()", "").split()
    for word in sorted((word.strip(".:") for word in words if "." in word), key=len, reverse=True):
        for part in (word, word.rpartition(".")[2]):
            at = line.find(part)
            if part and at >= 0 and line.count(part) == 1:
                return Span(finding.line, at, finding.line, at + len(part))
    return whole


def as_sentence(what: str) -> str:
    return what[:1].upper() + what[1:]
