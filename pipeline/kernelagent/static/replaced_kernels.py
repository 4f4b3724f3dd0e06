"""Options by which something else runs than the kernel that is judged, wherever the file names them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kernelagent.contract.replacing_options import REPLACING
from kernelagent.static.reader import Finding
from kernelagent.static.walk import walk


def options_that_replace(tree: ast.Module) -> Iterator[Finding]:
    """As a keyword, an attribute, a parameter, or a text, which may be a key of keywords."""
    for node in walk(tree):
        name = _named(node)
        if name in REPLACING:
            yield Finding.at(f"names {name}, which {REPLACING[name]}", node)


def _named(node: ast.AST) -> str | None:
    match node:
        case ast.keyword(arg=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.Name(id=name):
            return name
        case ast.Constant(value=str(text)):
            return text
    return None
