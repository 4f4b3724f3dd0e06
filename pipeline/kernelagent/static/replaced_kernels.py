"""Options by which something else runs than the kernel that is judged, wherever the file names them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kernelagent.static.reader import Finding
from kernelagent.static.walk import walk

REPLACING = {
    "ir_override": "has Triton compile another text in the kernel's place",
    "extern_libs": "links other code into the kernel",
    "ptx_options": "changes how ptxas compiles the kernel",
}
"""Options of a launch, or of a tuner's configuration (Triton 3.5 and newer) → what each does."""


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
