"""Where a file puts a class's Triton version in the class's place, below it:

    from gate_triton import GateTriton as Gate      # a file of its own
    Gate = GateTriton                               # in the same file
    if __spec__ and __spec__.parent:                # a file of its own, of a package's file that is a script, too
        from .gate_triton import GateTriton as Gate
    else:
        from gate_triton import GateTriton as Gate

Everybody who uses ``Gate`` has the kernel then. Whoever asks for ``Gate`` to be fused, judged or timed means the class
that stands above: these statements are left out where it is looked for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kernelagent.static.once import once_per_text
from kernelagent.static.parsing import parse

IN_PACKAGE = "__spec__ and __spec__.parent"
"""Whether a file is imported as a part of a package, or run so by ``-m``. ``__package__`` would say the same, up to
Python 3.14."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""As ``ast`` counts them: a form feed ends no line."""


@dataclass(frozen=True)
class Wiring:
    class_name: str
    entry: str
    """The class that takes its place."""
    line: int
    """1-based; of the statement."""
    end_line: int
    is_in_force: bool
    """``False``: the class is defined once more below."""
    blank_below: int
    """Blank lines that the usual style has between it and the next statement; 0 where it asks for none of its own."""
    module: str
    """Last part of the name of the module that it imports; empty: the class is in the same file."""

    def extent(self, lines: Sequence[str]) -> tuple[int, int]:
        """The first and the last of ``lines`` (1-based) that were put there with it: the blank ones below it where
        there are as many as the style has, else up to two above it."""
        below = 0
        while self.end_line + below < len(lines) and not lines[self.end_line + below].strip():
            below += 1
        if self.blank_below and below == self.blank_below:
            return self.line, self.end_line + below
        begin = self.line
        for _ in range(2):
            begin -= begin > 1 and not lines[begin - 2].strip()
        return begin, self.end_line


def entry_names(class_name: str) -> tuple[str, ...]:
    """What the module class of ``class_name``'s kernel may be called."""
    plain = class_name.rpartition(".")[2]
    return (f"{plain}Triton", "ModelNew") if plain == "Model" else (f"{plain}Triton",)


def wiring_of(text: str, class_name: str) -> Wiring | None:
    """The last one of ``class_name``; ``None`` too where the text can't be parsed."""
    return _by_class(text).get(class_name)


def is_wired(text: str, class_name: str) -> bool:
    """Whether ``class_name`` means its Triton version at the end of ``text``."""
    found = wiring_of(text, class_name)
    return found is not None and found.is_in_force


def originals(text: str) -> str:
    """``text`` with these statements blank: each name is the class that stands above. All lines stay where they are;
    what can't be parsed stays as it is."""
    lines = _LINE.findall(text)
    for wiring in wirings(text):
        for number in range(wiring.line - 1, wiring.end_line):
            lines[number] = lines[number][len(lines[number].rstrip("\r\n")) :]
    return "".join(lines)


def unwired(text: str) -> str:
    """``text`` as it was before: without these lines and the blank ones that were put there with each."""
    lines = _LINE.findall(text)
    for wiring in reversed(wirings(text)):
        first, last = wiring.extent(lines)
        del lines[first - 1 : last]
    return "".join(lines)


def unwired_bytes(content: bytes) -> bytes:
    """The same of a file's content; what is no UTF-8 stays as it is."""
    try:
        return unwired(content.decode("utf-8")).encode("utf-8")
    except UnicodeDecodeError:
        return content


@once_per_text
def wirings(text: str) -> tuple[Wiring, ...]:
    """All of them, in their order; none where the text can't be parsed."""
    if "Triton" not in text and "ModelNew" not in text:  # most files, and parsing takes its time
        return ()
    try:
        return tuple(_found(parse(text.removeprefix("\ufeff"))))
    except (SyntaxError, ValueError, RecursionError):
        return ()


@once_per_text
def _by_class(text: str) -> dict[str, Wiring]:
    return {found.class_name: found for found in wirings(text)}


def _found(tree: ast.Module) -> Iterator[Wiring]:
    above: set[str] = set()
    last = 0
    classes = {node.name: node.lineno for node in tree.body if isinstance(node, ast.ClassDef)}
    for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        pair, end = _pair(node), node.end_lineno or node.lineno
        is_alone = node.lineno > last and (after is None or after.lineno > end)  # on its lines
        if pair is not None and pair[0] in above and pair[1] in entry_names(pair[0]) and is_alone:
            blank = blank_below(after) if isinstance(node, ast.ImportFrom) else 0
            yield Wiring(*pair, node.lineno, end, classes.get(pair[0], 0) < node.lineno, blank, _module(node))
        last = end
        if isinstance(node, (ast.ClassDef, ast.If, ast.Try, ast.With)):
            above |= {inner.name for inner in ast.walk(node) if isinstance(inner, ast.ClassDef)}


def blank_below(after: ast.stmt | None) -> int:
    """How many blank lines import sorters leave between an import and the statement ``after`` it; 0: as many as there
    are."""
    if after is None or isinstance(after, (ast.Import, ast.ImportFrom)):
        return 0
    return 2 if isinstance(after, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) else 1


def _pair(node: ast.stmt) -> tuple[str, str] | None:
    """The name that ``node`` binds and what it binds it to, where these are one name each."""
    if isinstance(node, ast.ImportFrom) and len(node.names) == 1 and node.names[0].asname:
        return node.names[0].asname, node.names[0].name
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target, value = node.targets[0], node.value
        if isinstance(target, ast.Name) and isinstance(value, ast.Name):
            return target.id, value.id
    if isinstance(node, ast.If) and ast.unparse(node.test) == IN_PACKAGE and _module(node):
        return _pair(node.body[0])
    return None


def _module(node: ast.stmt) -> str:
    """The last part of the name of the module that ``node`` imports one thing from; empty: there is none."""
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").rpartition(".")[2]
    if isinstance(node, ast.If) and len(node.body) == 1 and len(node.orelse) == 1:
        inside, alone = node.body[0], node.orelse[0]
        both = isinstance(inside, ast.ImportFrom) and isinstance(alone, ast.ImportFrom)
        if both and _pair(inside) == _pair(alone) is not None and _module(inside) == _module(alone):
            return _module(inside)
    return ""
