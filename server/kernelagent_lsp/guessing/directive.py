"""From a text and the line of a class in it to a guess."""

from __future__ import annotations

import ast

from kernelagent.static.parsing import parse

from kernelagent_lsp.guessing.guess import Guess, guess
from kernelagent_lsp.guessing.source import read


def class_at(tree: ast.Module, line: int) -> ast.ClassDef | None:
    """The class whose ``class`` stands at ``line`` (1-based)."""
    return next((node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.lineno == line), None)


def guess_for(text: str, line: int) -> Guess | None:
    """``None``: there is no class, or the text is no Python."""
    try:
        tree = parse(text)
    except (SyntaxError, ValueError):
        return None
    node = class_at(tree, line)
    return None if node is None else guess(node, read(tree, text))
