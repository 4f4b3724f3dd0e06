"""One thing to say about one line of one file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kernelagent.errors import CATALOGUE
from lsprotocol.types import DiagnosticSeverity

from kernelagent_lsp.configuration.options import SECTION


@dataclass(frozen=True)
class Related:
    uri: str
    line: int
    """1-based"""
    message: str


@dataclass(frozen=True)
class Finding:
    """A diagnostic before it has a place in the document as it is now."""

    uri: str
    text: str
    """The file's text that this was found in."""
    severity: DiagnosticSeverity
    code: str
    """Class of the error, or name of the check."""
    message: str
    class_name: str | None = None
    """It is about this class, wherever the class is by now."""
    line: int = 1
    """1-based line in ``text``; where there is no such class."""
    related: tuple[Related, ...] = ()
    job_id: str = ""
    about: str = ""
    """The class, where it stands at a line of its own and not at the class."""
    part: str = ""
    """Of the directive at ``line``: ``inputs`` or ``init``."""


SOURCE = SECTION
FUSABLE = "Fusable"
"""Code of what a survey says of a chain that is worth fusing."""

_DOCS = Path(__file__).resolve().parents[3] / "docs"
_ERRORS_PAGE = _DOCS / "errors.md"
_SURVEYS_PAGE = _DOCS / "before-fusing.md"
_CHECKS_PAGE = _DOCS / "verification.md"


def documentation(code: str) -> str | None:
    """URI of what there is to read about ``code``: a page that lies beside the sources, where those are checked out."""
    page, anchor = (
        (_ERRORS_PAGE, f"#{code.lower()}")
        if code in CATALOGUE
        else (_CHECKS_PAGE, f"#{code.split(' for ', maxsplit=1)[0].replace(' ', '-')}")
    )
    if code == FUSABLE:
        page, anchor = _SURVEYS_PAGE, f"#{FUSABLE.lower()}"
    if (rule := _DOCS / "lint" / f"{code}.md").is_file():
        page, anchor = rule, ""
    return page.as_uri() + anchor if page.is_file() else None
