"""Names that generated Python must not bind: Python's own words, and those that its text itself uses.

``max = relu(x)`` is good PyTorch; a wrapper that calls a variable ``max`` can't call Python's ``max`` any longer.
"""

from __future__ import annotations

import ast
import builtins
import keyword
from collections.abc import Collection
from typing import TypeGuard

from kernelagent.static.parsing import parse

USED = frozenset(
    {"torch", "triton", "tl", "math", "os", "nn", "pid", "device", "kernel_function", "reference", "_expect"}
)
"""Names that generated files use in places of their own."""

OWN = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | USED


def free_name(wanted: str, taken: Collection[str] = ()) -> str:
    """``wanted``, as PEP 8 has it with an underscore behind where it is one of ``OWN``, and with a number where that is
    ``taken``."""
    name, count = wanted, 1
    while name in OWN or name in taken:
        if name in OWN:
            wanted = name = f"{name}_"
            continue
        count += 1
        name = f"{wanted}{'' if wanted.endswith('_') else '_'}{count}"
    return name


def names_in_use(text: str) -> frozenset[str]:
    """Of a file's text: what it binds at its top, and those of ``OWN`` that it mentions anywhere."""
    tree = parse(text)
    top = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    top |= {n.id for node in tree.body if isinstance(node, ast.Assign) for n in ast.walk(node) if _stores(n)}
    return frozenset(top | {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id in OWN})


def _stores(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
