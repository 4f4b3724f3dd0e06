"""``ast.walk``, a few times as fast: the linter looks at whole files while they are typed."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def walk(root: ast.AST) -> Iterator[ast.AST]:
    """``root`` and all nodes below it but the marks of loads and stores, those nearer to the root first."""
    found: list[ast.AST] = [root]
    for node in found:  # grows meanwhile
        for name in node._fields:
            value = getattr(node, name, None)
            if value.__class__ is list:
                found += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                found.append(value)
    return iter(found)
