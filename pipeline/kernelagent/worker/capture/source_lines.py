"""Where in the user's file a graph node comes from, and what the source calls its value."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import torch

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
    """Line → the one plain name that the statement on it assigns. Every line of a statement gets its name."""
    names: dict[int, str] = {}
    for node in ast.walk(ast.parse(text)):
        target: ast.expr | None = None
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
            target = node.target
        if isinstance(target, ast.Name) and isinstance(node, ast.stmt):
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                names.setdefault(line, target.id)
    return names


def source_text(file: str, text_file: str) -> str:
    return Path(text_file or file).read_text(encoding="utf-8-sig")
