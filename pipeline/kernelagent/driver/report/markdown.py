"""A page as Markdown; its pictures are files beside it."""

from __future__ import annotations

import re

from kernelagent.driver.report.blocks import Block, Bullets, Heading, Page, Paragraph, Picture, Table


def as_markdown(page: Page) -> str:
    lines = [f"# {page.title}", ""]
    for block in page.blocks:
        lines += [*_lines(block), ""]
    return "\n".join(lines)


def _lines(block: Block) -> list[str]:
    if isinstance(block, Heading):
        return ["#" * block.level + f" {block.text}"]
    if isinstance(block, Paragraph):
        return [block.text]
    if isinstance(block, Bullets):
        return [f"- {_no_html(item)}" for item in block.items]
    if isinstance(block, Table):
        return [_row(block.head), "|" + "---|" * len(block.head), *(_row(row) for row in block.rows)]
    assert isinstance(block, Picture)
    return [f"![{block.caption}]({block.name})"]


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_no_html(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _no_html(text: str) -> str:
    """``text`` of others, in which a tag is no tag; code in backticks is none anyway."""
    return re.sub(r"`[^`]*`|<", lambda found: "&lt;" if found[0] == "<" else found[0], text)
