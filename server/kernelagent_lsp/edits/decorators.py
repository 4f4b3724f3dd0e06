"""What a class's decorators do for it (a registry's entry, an attribute), they do not do for its Triton version.

They are not copied: a registry may take no second class, and a copy of it is another registry. Who applies the kernel
is told of them instead.
"""

from __future__ import annotations

import ast

from kernelagent.static.parsing import parse

from kernelagent_lsp.edits.insertion import statement_of


def not_applied(text: str, class_name: str, kernel: str, entry: str) -> str:
    """A sentence that names those of ``class_name`` in ``text`` that ``entry`` in ``kernel`` has not; empty where it
    has all."""
    missing = [each for each in _decorators(text, class_name) if each not in _decorators(kernel, entry)]
    if not missing:
        return ""
    return (
        f"{entry} goes without what is written above {class_name}: {', '.join(missing)}. "
        f"Where that is needed, as for a registry, call it with {entry}, too."
    )


def _decorators(text: str, class_name: str) -> list[str]:
    """Each with its ``@``."""
    node: ast.AST | None = statement_of(parse(text.removeprefix("\ufeff")), class_name)
    for name in class_name.split("."):
        inside = [each for each in ast.walk(node) if isinstance(each, ast.ClassDef)] if node is not None else []
        node = next((each for each in reversed(inside) if each.name == name), None)
    return [f"@{ast.unparse(each)}" for each in node.decorator_list] if isinstance(node, ast.ClassDef) else []
