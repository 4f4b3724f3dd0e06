"""``ast.walk``, a few times as fast: the linter looks at whole files while they are typed."""

from __future__ import annotations

import ast
from collections.abc import Set as AbstractSet

_PLAIN = frozenset({"ctx", "id", "attr", "kind", "lineno", "type_comment", "asname", "module", "level", "simple"})
"""Fields that hold no node, and the marks of loads and stores, which nobody looks for."""
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {
    kind: () if kind is ast.Constant else tuple(name for name in kind._fields if name not in _PLAIN)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}


def walk(root: ast.AST, without: AbstractSet[ast.AST] = frozenset()) -> list[ast.AST]:
    """``root`` and all nodes below it, those nearer to the root first; ``without`` are left out with all below
    them."""
    found: list[ast.AST] = [root]
    for node in found:  # it grows meanwhile
        for name in _FIELDS[node.__class__]:
            value = getattr(node, name)
            if value.__class__ is list:
                found += [item for item in value if item.__class__ in _FIELDS and item not in without]
            elif value.__class__ in _FIELDS and value not in without:
                found.append(value)
    return found
