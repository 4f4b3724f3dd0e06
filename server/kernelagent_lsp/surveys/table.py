"""A small table, as Markdown or as plain text with columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    headings: tuple[str, ...]
    """One that begins with ``>`` stands over figures, which are set to the right."""
    rows: tuple[tuple[str, ...], ...]

    def text(self, *, markdown: bool) -> str:
        used = [c for c, _ in enumerate(self.headings) if any(row[c] for row in self.rows)]
        right = [self.headings[c].startswith(">") for c in used]
        headings = [self.headings[c].lstrip(">") for c in used]
        rows = [[row[c] for c in used] for row in self.rows]
        return _markdown(headings, rows, right) if markdown else _plain(headings, rows, right)


def _markdown(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    ruler = "|".join("--:" if each else ":--" for each in right)
    return "\n".join([line(headings), f"|{ruler}|", *map(line, rows)])


def _plain(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    table = [[cell.replace("`", "").replace("**", "") for cell in cells] for cells in (headings, *rows)]
    widths = [max(len(row[c]) for row in table) for c, _ in enumerate(headings)]
    return "\n".join("  ".join(map(_set, row, widths, right)).rstrip() for row in table)


def _set(cell: str, width: int, right: bool) -> str:
    return cell.rjust(width) if right else cell.ljust(width)
