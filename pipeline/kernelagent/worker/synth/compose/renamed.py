"""A name in a piece of source, as another."""

from __future__ import annotations

import io
import tokenize


def renamed(source: str, old: str, new: str) -> str:
    """Every name ``old`` as ``new``; attributes of that name, strings and comments are left alone."""
    lines = [line + "\n" for line in source.split("\n")]
    try:
        tokens = [t for t in tokenize.generate_tokens(io.StringIO("if 1:\n" + source + "\n").readline)]
    except (tokenize.TokenError, IndentationError):
        return source
    before = ["", *(t.string for t in tokens)]
    pairs = zip(tokens, before, strict=False)
    hits = [t for t, last in pairs if t.type == tokenize.NAME and t.string == old and last != "."]
    for token in reversed(hits):
        row, column = token.start[0] - 2, token.start[1]
        lines[row] = lines[row][:column] + new + lines[row][column + len(old) :]
    return "".join(lines).removesuffix("\n")
