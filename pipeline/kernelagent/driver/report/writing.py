"""A page's files: Markdown with its pictures beside it, and one HTML file."""

from __future__ import annotations

from pathlib import Path

from kernelagent.driver.report.blocks import Page, Picture
from kernelagent.driver.report.html import as_html
from kernelagent.driver.report.markdown import as_markdown

REPORT = "report.md"
REPORT_HTML = "report.html"


def write_page(folder: Path | None, page: Page) -> Path | None:
    """Write ``page`` into ``folder``; its Markdown file, or ``None`` where that can't be written."""
    if folder is None:
        return None
    try:
        for block in page.blocks:
            if isinstance(block, Picture):
                (folder / block.name).write_text(block.svg, encoding="utf-8")
        (folder / REPORT_HTML).write_text(as_html(page), encoding="utf-8", errors="backslashreplace")
        (folder / REPORT).write_text(as_markdown(page), encoding="utf-8", errors="backslashreplace")
    except OSError:
        return None
    return folder / REPORT
