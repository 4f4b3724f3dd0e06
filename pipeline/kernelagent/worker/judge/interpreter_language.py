"""Functions of the language under names of the file's own: ``from triton.language import load``.

The interpreter gives a kernel its functions by way of ``tl.load`` alone; under another name the compiler's own would be
called.
"""

from __future__ import annotations

import ast
from typing import Any

import triton.language as tl
from triton.runtime import interpreter

from kernelagent.worker.judge.patching import replace

_LANGUAGE = "(language)"
"""No identifier: no text of a kernel can name it."""


def install() -> None:
    """Patch this process's interpreter, before the file is loaded. Only for a process that runs candidates and ends."""
    known = {id(value): name for name, value in vars(tl).items() if callable(value) and not isinstance(value, type)}

    def transform(original: Any, rewriter: Any, source: str) -> Any:
        namespace = rewriter.fn.__globals__
        meant = {name: known[id(value)] for name, value in namespace.items() if id(value) in known}
        if meant:
            namespace[_LANGUAGE] = tl
            rewriter.ast_transformer = _Named(meant, rewriter.ast_transformer)
        return original(rewriter, source)

    replace(interpreter.FunctionRewriter, "_transform_ast", transform)


class _Named(ast.NodeTransformer):
    """``load`` becomes ``tl.load``; then what is done to every kernel."""

    def __init__(self, meant: dict[str, str], others: ast.NodeTransformer) -> None:
        self._meant = meant
        self._others = others
        self._own: set[str] = set()

    def visit_Module(self, node: ast.Module) -> Any:
        names = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
        self._own = {part.id for part in names if not isinstance(part.ctx, ast.Load)}
        self._own |= {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
        return self._others.visit(self.generic_visit(node))

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if not isinstance(node.ctx, ast.Load) or node.id not in self._meant or node.id in self._own:
            return node
        return ast.copy_location(ast.Attribute(ast.Name(_LANGUAGE, ast.Load()), self._meant[node.id], ast.Load()), node)
