"""Annotations that name what a kernel's file need not have: nothing asks for them there."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass

from kernelagent.worker.synth.compose.allowed_imports import ALLOWED_IMPORTS, defined


@dataclass(frozen=True)
class _Change:
    """Lines from 0, columns in bytes."""

    first: int
    begin: int
    last: int
    end: int
    text: bytes = b""


def with_plain_annotations(text: str) -> str:
    """``text`` without those of functions that name more than Python's own and imports that are allowed; where the file
    evaluates none (:pep:`563`), those of attributes as strings."""
    tree = ast.parse(text)
    known = {name for node in tree.body if _is_allowed(node) for name in defined(node)}
    lines = [line.encode() for line in text.split("\n")]
    changes = [*_of_functions(tree, known, lines), *(_of_attributes(tree, known) if _evaluates_none(tree) else ())]
    for change in sorted(changes, key=lambda one: (one.first, one.begin), reverse=True):
        before, after = lines[change.first][: change.begin], lines[change.last][change.end :]
        if not change.text:
            after = re.sub(rb"^ = ", b"=", after)
        lines[change.first : change.last + 1] = [before + change.text + after]
    return b"\n".join(lines).decode()


def _of_functions(tree: ast.Module, known: set[str], lines: list[bytes]) -> Iterator[_Change]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation is not None and not _is_plain(node.annotation, known):
            begin = node.col_offset + len(node.arg.encode())
            yield _Change(node.lineno - 1, begin, *_end(node.annotation))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            returns = node.returns
            if returns is None or _is_plain(returns, known):
                continue
            arrow = lines[returns.lineno - 1].rfind(b"->", 0, returns.col_offset)
            if arrow >= 0:
                yield _Change(returns.lineno - 1, len(lines[returns.lineno - 1][:arrow].rstrip()), *_end(returns))


def _of_attributes(tree: ast.Module, known: set[str]) -> Iterator[_Change]:
    for cls in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        for one in cls.body:
            if isinstance(one, ast.AnnAssign) and not _is_plain(one.annotation, known):
                spelled = ast.unparse(one.annotation)
                quoted = repr(spelled) if '"' in spelled else f'"{spelled}"'
                begin = one.annotation.lineno - 1, one.annotation.col_offset
                yield _Change(*begin, *_end(one.annotation), quoted.encode())


def _end(node: ast.expr) -> tuple[int, int]:
    return (node.end_lineno or node.lineno) - 1, node.end_col_offset or 0


def _evaluates_none(tree: ast.Module) -> bool:
    futures = (node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__")
    return any(alias.name == "annotations" for node in futures for alias in node.names)


def _is_allowed(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return not node.level and (node.module or "").partition(".")[0] in ALLOWED_IMPORTS
    return isinstance(node, ast.Import) and all(a.name.partition(".")[0] in ALLOWED_IMPORTS for a in node.names)


def _is_plain(annotation: ast.expr, known: set[str]) -> bool:
    names = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
    return isinstance(annotation, ast.Constant) or all(name in known or hasattr(builtins, name) for name in names)
