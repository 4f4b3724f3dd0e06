"""``ast.parse`` for programs with threads: one at a time.

CPython 3.11 counts how deep it is in a tree in one place for all threads; where another thread gets its turn in the
middle, both end with ``SystemError: AST constructor recursion depth mismatch``.
"""

from __future__ import annotations

import ast
import threading
from typing import Literal, overload

LONGEST = 1 << 22
"""Characters: a syntax tree takes some two hundred bytes for each."""
_ONE_AT_A_TIME = threading.Lock()


@overload
def parse(source: str) -> ast.Module: ...


@overload
def parse(source: str, mode: Literal["eval"]) -> ast.Expression: ...


def parse(source: str, mode: Literal["exec", "eval"] = "exec") -> ast.AST:
    """As ``ast.parse``, which it calls. Raises ``SyntaxError``, and ``ValueError`` for a text that is too long or has
    expressions inside of each other beyond what Python's parser takes."""
    if len(source) > LONGEST:
        raise ValueError(f"the text has {len(source):,} characters; {LONGEST:,} are the most")
    with _ONE_AT_A_TIME:
        try:
            return ast.parse(source, mode=mode)
        except (MemoryError, RecursionError):
            raise ValueError("an expression is nested too deeply for Python's parser") from None


def class_at(tree: ast.Module, line: int) -> ast.ClassDef | None:
    """The class whose ``class`` stands at ``line`` (1-based)."""
    return next((node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.lineno == line), None)
