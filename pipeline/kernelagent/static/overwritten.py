"""Statements at the top of a file whose names a later one binds anew, before anything could read them: ``import torch``
twice, a helper that was written again below."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from kernelagent.static.top_level import FUNCTIONS, binds


def overwritten(tree: ast.Module, only_binds: Callable[[ast.stmt], bool]) -> Iterator[ast.stmt]:
    """``only_binds``: whether a statement does no more than bind its names."""
    binding = {id(node): set(binds(node)) if only_binds(node) else set() for node in tree.body}
    for place, node in enumerate(tree.body):
        left = set(binding[id(node)])
        names = frozenset(left)
        if not left or _loads_a_part(node, tree.body[place + 1 :]):
            continue
        for later in tree.body[place + 1 :]:
            if not only_binds(later) or _calls(later) or names & {*_read_at_once(later, binding[id(later)])}:
                break
            left -= binding[id(later)]
            if not left:
                yield node
                break


def _loads_a_part(node: ast.stmt, later: list[ast.stmt]) -> bool:
    """``import torch.nn`` binds ``torch``, and does more; unless the same stands below."""
    is_part = isinstance(node, ast.Import) and any("." in alias.name and alias.asname is None for alias in node.names)
    return is_part and all(ast.dump(node) != ast.dump(other) for other in later)


def _calls(node: ast.stmt) -> bool:
    """Whether anything is called as the file is imported, which may read any name; a mark (``triton.jit``) does not."""
    parts: list[ast.AST] = [node]
    if isinstance(node, FUNCTIONS):
        parts = [node.args, *([] if node.returns is None else [node.returns])]
    return any(isinstance(found, ast.Call) for part in parts for found in ast.walk(part))


def _read_at_once(node: ast.stmt, bound: set[str]) -> Iterator[str]:
    """Names that it reads; of a function that binds its name anew, not those of its body, which runs later."""
    parts: list[ast.AST] = [node]
    if isinstance(node, FUNCTIONS) and node.name in bound:
        parts = [*node.decorator_list, node.args, *([] if node.returns is None else [node.returns])]
    for found in (found for part in parts for found in ast.walk(part)):
        if isinstance(found, ast.Name) and isinstance(found.ctx, ast.Load):
            yield found.id
        elif isinstance(found, ast.AugAssign) and isinstance(found.target, ast.Name):
            yield found.target.id
