"""What a kernel was made from, in the kernel's own file: a line above its module class.

    # source: model.py::Gate 5f2c81d0a94e
    class GateTriton(nn.Module):

The twelve digits are the beginning of the SHA-256 of the class's text and of all in its file that it uses, without
comments, docstrings, blank lines and imports. The line goes where the file goes, and survives a commit and a restart.
"""

from __future__ import annotations

import ast
import hashlib
import io
import re
import tokenize
from dataclasses import dataclass

from kernelagent.static.needed import Statement, needed, statement
from kernelagent.static.once import once_per_text
from kernelagent.static.parsing import parse
from kernelagent.static.wiring import originals

_LINE = re.compile(
    r"^# source: (?P<file>.+)::(?P<class>[\w.]+) (?P<digits>[0-9a-f]{12})[ \t]*\r?\n"
    r"(?:[@#].*\r?\n)*class (?P<entry>\w+)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Provenance:
    file: str
    """Name of the module's file, without folders."""
    class_name: str
    digits: str
    """Of :func:`fingerprint`."""
    entry: str
    """The module class below the line."""
    line: int
    """1-based, of the line itself."""


def with_provenance(kernel: str, entry: str, file: str, class_name: str, text: str) -> str:
    """``kernel`` with the line above ``class entry``; as it is where the class in ``text`` can't be read."""
    digits = fingerprint(text, class_name)
    if digits is None:
        return kernel
    without = _LINE.sub(lambda found: found[0].partition("\n")[2] if found["entry"] == entry else found[0], kernel)
    return re.sub(
        rf"^((?:@.*\n)*class {re.escape(entry)}\b)",
        lambda found: f"# source: {file}::{class_name} {digits}\n{found[1]}",
        without,
        count=1,
        flags=re.MULTILINE,
    )


@once_per_text
def provenances(text: str) -> tuple[Provenance, ...]:
    return tuple(
        Provenance(
            found["file"], found["class"], found["digits"], found["entry"], text.count("\n", 0, found.start()) + 1
        )
        for found in _LINE.finditer(text)
    )


def without_provenance(text: str) -> str:
    """``text`` as it was composed."""
    return _LINE.sub(lambda found: found[0].partition("\n")[2], text)


def fingerprint(text: str, class_name: str) -> str | None:
    """Twelve hexadecimal digits; ``None`` where there is no such class, or the text is no Python."""
    apart = _taken_apart(text)
    if apart is None:
        return None
    statements, lines, comments = apart
    top = class_name.partition(".")[0]
    needs = [statements[number].node for number in needed(statements, [top])]
    nodes = [node for node in needs if not isinstance(node, (ast.Import, ast.ImportFrom))]
    if not any(isinstance(inner, ast.ClassDef) and inner.name == top for node in nodes for inner in ast.walk(node)):
        return None
    kept: list[str] = []
    for node in nodes:
        docstrings = set(_docstring_lines(node))
        for number in range(_first_line(node), (node.end_lineno or node.lineno) + 1):
            line = lines[number - 1][: comments.get(number)].rstrip()
            if line.strip() and number not in docstrings:
                kept.append(line)
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()[:12]


@once_per_text
def _taken_apart(text: str) -> tuple[list[Statement], list[str], dict[int, int]] | None:
    """The statements at the top, the lines, and :func:`_comments`; ``None`` where the text is no Python."""
    text = originals(text.removeprefix("\ufeff")).replace("\r\n", "\n").replace("\r", "\n")
    try:
        return [statement(node) for node in parse(text).body], text.split("\n"), _comments(text)
    except (SyntaxError, ValueError, tokenize.TokenError):
        return None


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def _docstring_lines(node: ast.stmt) -> list[int]:
    found: list[int] = []
    for inner in ast.walk(node):
        if isinstance(inner, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(inner, False):
            first = inner.body[0]
            found += range(first.lineno, (first.end_lineno or first.lineno) + 1)
    return found


def _comments(text: str) -> dict[int, int]:
    """Line → column (both as ``tokenize`` counts them) at which its comment begins."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0]: token.start[1] for token in tokens if token.type == tokenize.COMMENT}
