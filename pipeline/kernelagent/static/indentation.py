"""How a file is indented, and other text in its way.

before, for a file indented by tabs:
    def f(x):
        return g(
            x,
        )
after:
    def f(x):
    ⇥   return g(
    ⇥   ⇥   x,
    ⇥   )

What is inside of a string of several lines belongs to its value and stays, docstrings too.
"""

from __future__ import annotations

import io
import tokenize
from collections import Counter

USUAL = "    "
"""How kernels are written, and files that have no block of their own are taken to be."""


def unit_of(text: str) -> str:
    """By what most blocks at the top of ``text`` are indented. It need not be Python as a whole."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    units: Counter[str] = Counter()
    depth = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(plain).readline):
            if token.type == tokenize.INDENT:
                depth += 1
                if depth == 1:
                    units[token.string] += 1
            depth -= token.type == tokenize.DEDENT
    except (tokenize.TokenError, SyntaxError):  # what came before it counts
        pass
    return units.most_common(1)[0][0] if units else USUAL


def indented_by(unit: str, source: str) -> str:
    """``source``, which is Python with lines that end in ``\\n``, with ``unit`` for each of its steps; it means the
    same, and each line stays where it is. One that goes on a statement keeps what it has beyond the statement's own
    indentation, in steps of ``unit`` where it is written in whole ones of the source's."""
    own = unit_of(source)
    lines = source.split("\n")
    steps = [""]
    """Indentation of the blocks around, outermost first."""
    begun, opened = 0, list[int]()
    """The line where the statement began, 0: none has; those where strings of parts did."""
    inside: set[int] = set()
    """Lines that begin within a string."""
    around: dict[int, tuple[str, ...]] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        (row, _), (end, _), kind = token.start, token.end, tokenize.tok_name[token.type]
        if kind == "INDENT":
            steps.append(token.string)
        elif kind == "DEDENT":
            steps.pop()
        elif kind == "NEWLINE":
            around.update(dict.fromkeys(range(begun, row + 1), tuple(steps)))
            begun = 0
        elif kind == "COMMENT" and not begun:
            around[row] = tuple(each for each in steps if lines[row - 1].startswith(each))
        elif kind not in ("COMMENT", "NL"):
            begun = begun or row
        if kind.endswith("STRING_START"):
            opened.append(row)
        elif kind == "STRING" or kind.endswith("STRING_END"):
            inside |= set(range((opened.pop() if opened and kind != "STRING" else row) + 1, end + 1))
    for row, blocks in around.items():
        line = lines[row - 1]
        if row not in inside and line.startswith(blocks[-1]):
            rest = line[len(blocks[-1]) :]
            beyond = rest[: len(rest) - len(rest.lstrip())].replace(own, unit)
            lines[row - 1] = unit * (len(blocks) - 1) + beyond + rest.lstrip()
    return "\n".join(lines)
