"""What a kernel's file may import, and what a statement binds."""

from __future__ import annotations

import ast
import sys

ALLOWED_IMPORTS = frozenset(sys.stdlib_module_names) | {"torch", "triton"}


def defined(node: ast.stmt) -> list[str]:
    """Names that ``node``, at the top of a file, gives a meaning."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [a.asname or a.name.partition(".")[0] for a in node.names]
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
        targets = [node.target]
    return [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
