"""What the judge's static check says, sorted by what it is about.

It looks at files that are kernels to be judged: those with ``kernel_function``, ``ModelNew`` or ``<Class>Triton``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Span
from kernelagent.static.reader import Finding as Said

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

_SORTS = (
    ("imports ", "import"),
    ("computes ", "computes"),
    ("calls .", "computes"),
    ("multiplies ", "computes"),
    ("reads a number ", "computes"),
    ("inherits ", "computes"),
)
"""Words of the check, and the sort of finding that has them."""


def said(file: KernelFile, sort: str) -> Iterator[tuple[Span, str]]:
    """Where and what, for the findings of one ``sort``: ``import``, ``computes`` or ``reaches``."""
    scan = file.judged
    if scan is None or not scan.entries:
        return
    for finding in scan.findings:
        inside = finding.what.startswith("uses torch.") and finding.what.endswith("inside a Triton kernel")
        if sort_of(finding.what) == sort and not inside:  # PyTorch in a kernel has a rule of its own, for all files
            yield _span(file, finding), finding.what


def sort_of(what: str) -> str:
    return next((sort for words, sort in _SORTS if what.startswith(words)), "reaches")


def _span(file: KernelFile, finding: Said) -> Span:
    """The expression that the finding is about; the line's text where there is none, or it goes over several lines."""
    if isinstance(finding.node, ast.expr) and finding.node.lineno == finding.node.end_lineno:
        return file.source.span(finding.node)
    line = file.source.lines[finding.line - 1].rstrip("\r\n")
    return Span(finding.line, len(line) - len(line.lstrip()), finding.line, len(line.rstrip()))


def as_sentence(what: str) -> str:
    return what[:1].upper() + what[1:]
