"""Adding an argument to a call."""

from __future__ import annotations

import ast

from kernelagent.lint.finding import Edit, Span
from kernelagent.lint.source import Source


def appended(source: Source, call: ast.Call, text: str) -> Edit | None:
    """The edit that writes ``text`` behind the last argument of ``call``; ``None`` where there is none."""
    last = max(
        [*call.args, *(keyword.value for keyword in call.keywords)],
        key=lambda node: (node.end_lineno or 0, node.end_col_offset or 0),
        default=None,
    )
    if last is None or isinstance(last, ast.GeneratorExp):
        return None
    span, whole = source.span(last), source.span(call)
    between = source.between(Span(span.end_line, span.end_column, whole.end_line, whole.end_column))
    closing = len(between) - len(between.lstrip(")"))
    if closing > 1 and between.startswith(")"):  # the argument stands in parentheses of its own
        at = span.end_column + closing - 1
        return Edit(Span(span.end_line, at, span.end_line, at), f", {text}")
    return Edit(Span(span.end_line, span.end_column, span.end_line, span.end_column), f", {text}")
