"""Where in the user's file a graph node comes from, and what the source calls its value."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import torch

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<where>\S+)')


def user_line(stack_trace: str | None, file: str) -> int | None:
    """Innermost line of ``file`` in an export stack trace (torch.fx's ``stack_trace``: outermost first)."""
    lines = [int(m["line"]) for m in _FRAME.finditer(stack_trace or "") if m["file"] == file]
    return lines[-1] if lines else None


def module_path(node: torch.fx.Node) -> str:
    """Of the innermost module that a node of an exported program stems from (``nn_module_stack``: outermost first)."""
    stack = node.meta.get("nn_module_stack") or {}
    return str(next(reversed(stack.values()))[0]) if stack else ""


def called_operator(node: torch.fx.Node) -> dict[str, str]:
    """``called`` and ``called_op`` of a node: what torch.export traced before anything was decomposed."""
    sources = node.meta.get("from_node") or ()
    first = None
    while sources:
        first = sources[0]
        sources = first.from_node
    target = "" if first is None else str(first.target)
    return {"called": str(first.name), "called_op": target} if first is not None and target.startswith("aten.") else {}


@functools.lru_cache(maxsize=8)
def assigned_names(text: str) -> dict[int, str]:
    """Line → the one plain name that the statement on it assigns. Every line of a statement gets its name; one that
    several statements share gets that of the only one that may compute, for a node tells its line alone."""
    found: dict[int, list[tuple[str, bool]]] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.stmt) and not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            own = [child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.expr, ast.withitem))]
            end = node.end_lineno or node.lineno
            if hasattr(node, "body"):
                end = max([node.lineno, *(e.end_lineno or 0 for e in own if isinstance(e, ast.expr))])
            for line in range(node.lineno, end + 1):
                found.setdefault(line, []).append((_assigned(node), any(map(_may_compute, own))))
    names: dict[int, str] = {}
    for line, statements in found.items():
        computing = statements if len(statements) == 1 else [each for each in statements if each[1]]
        if len(computing) == 1 and computing[0][0]:
            names[line] = computing[0][0]
    return names


def _assigned(node: ast.stmt) -> str:
    target: ast.expr | None = None
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
        target = node.target
    return target.id if isinstance(target, ast.Name) else ""


def _may_compute(part: ast.AST) -> bool:
    """Whether evaluating ``part`` may run an operator on tensors: not a name, a literal, or a comparison of texts."""
    if isinstance(part, ast.Compare):
        sides = [part.left, *part.comparators]
        is_plain = all(isinstance(op, (ast.Is, ast.IsNot)) for op in part.ops)
        if is_plain or any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in sides):
            return any(map(_may_compute, sides))
    if isinstance(part, (ast.Call, ast.BinOp, ast.Compare, ast.Subscript, ast.Attribute)):
        return not (isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name))
    if isinstance(part, ast.UnaryOp) and not isinstance(part.operand, ast.Constant):
        return not isinstance(part.op, ast.Not) or _may_compute(part.operand)
    return any(map(_may_compute, ast.iter_child_nodes(part)))


def source_text(file: str, text_file: str) -> str:
    return Path(text_file or file).read_text(encoding="utf-8-sig")
