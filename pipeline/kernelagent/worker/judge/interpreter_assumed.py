"""``tl.assume`` that does not hold says what was assumed, and what the numbers in it are.

The interpreter raises, as it should, in three words. Most often a stride is assumed to be positive, which that of an
expanded tensor is not.
"""

from __future__ import annotations

import ast
from typing import Any

from triton.runtime import interpreter

from kernelagent.worker.judge.patching import replace

_ASSUMED = "(assumed)"
"""No identifier: no text of a kernel can name it."""
_TEXT = 80
_OF_EXPANDED = " (as is the stride of an expanded tensor along what it repeats)"


def install() -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""

    def transform(original: Any, rewriter: Any, source: str) -> Any:
        rewriter.fn.__globals__[_ASSUMED] = _assumed
        rewriter.ast_transformer = _Assumptions(rewriter.ast_transformer)
        return original(rewriter, source)

    replace(interpreter.FunctionRewriter, "_transform_ast", transform)


class _Assumptions(ast.NodeTransformer):
    """``tl.assume(a > b)`` is told what it says, and of ``a`` and ``b``; then what is done to every kernel."""

    def __init__(self, others: ast.NodeTransformer) -> None:
        self._others = others

    def visit_Module(self, node: ast.Module) -> Any:
        return self._others.visit(self.generic_visit(node))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if getattr(node.func, "attr", getattr(node.func, "id", "")) == "assume" and len(node.args) == 1:
            condition = node.args[0]
            text = " ".join(ast.unparse(condition).split())[:_TEXT]
            names = sorted({part.id for part in ast.walk(condition) if isinstance(part, ast.Name)})
            known = [ast.Tuple([ast.Constant(name), ast.Name(name, ast.Load())], ast.Load()) for name in names]
            told = [condition, ast.Constant(text), *known]
            node.args = [ast.copy_location(ast.Call(ast.Name(_ASSUMED, ast.Load()), told, []), condition)]
        return node


def _assumed(condition: Any, text: str, *known: tuple[str, Any]) -> Any:
    """The condition, as it is."""
    holds = getattr(getattr(condition, "handle", None), "data", getattr(condition, "value", condition))
    if getattr(holds, "size", 1) != 1 or bool(holds):
        return condition
    numbers = {name: number for name, value in known if (number := _number(value)) is not None}
    of_expanded = _OF_EXPANDED if 0 in numbers.values() else ""
    here = ", ".join(f"{name} is {number}" for name, number in numbers.items())
    raise AssertionError(f"tl.assume({text}) does not hold here: {here}{of_expanded}".removesuffix(": "))


def _number(value: Any) -> Any:
    """``None`` for blocks, pointers and what is no number."""
    if (data := getattr(getattr(value, "handle", None), "data", None)) is not None:
        return data.item() if getattr(data, "size", 0) == 1 and not value.dtype.is_ptr() else None
    value = getattr(value, "value", value)
    return value if isinstance(value, (int, float)) else None
