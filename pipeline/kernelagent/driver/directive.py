"""The directive above a class: ``# kernelagent: inputs=(torch.randn(8, 64),), init=(64,), mode=eval``."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from kernelagent.contract.problem import Mode
from kernelagent.driver.modules import ModuleClass
from kernelagent.driver.project_file import unknown
from kernelagent.errors import BadExampleInputs
from kernelagent.static.parsing import parse

START = re.compile(r"^\s*#\s*kernelagent:\s?(.*)$")
_COMMENT = re.compile(r"^\s*#\s?(.*)$")
KEYS = ("inputs", "init", "mode")


@dataclass(frozen=True)
class Directive:
    inputs: str | None
    init: str | None
    mode: Mode | None
    line: int
    """Where it begins, 1-based."""


def read_directive(file: Path, text: str, module: ModuleClass) -> Directive | None:
    """The directive in the comment lines directly above ``module``, its decorators included; ``None`` if there is none.

    It may go on over several comment lines, as long as its brackets are open or a line ends with a comma.
    Raises ``BadExampleInputs`` with the line of the directive.
    """
    lines = text.split("\n")
    place = place_of(lines, _first_line(text, module))
    if place is None:
        return None
    number, parts = place
    return _parse("\n".join(parts), file, number)


def place_of(lines: Sequence[str], first: int) -> tuple[int, tuple[str, ...]] | None:
    """Where the directive begins (1-based) in the comments above line ``first``, and what it says, line by line."""
    start = first - 1
    while start > 0 and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    block = lines[start : first - 1]
    for offset, line in enumerate(block):
        if match := START.match(line):
            return start + offset + 1, _whole(match[1], block[offset + 1 :])
    return None


def _first_line(text: str, module: ModuleClass) -> int:
    """Line of the first decorator, or of ``class`` where there is none."""
    for node in ast.walk(parse(text)):
        if isinstance(node, ast.ClassDef) and node.lineno == module.line:
            return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return module.line


def _whole(body: str, rest: Sequence[str]) -> tuple[str, ...]:
    """``body`` and the following comment lines for as long as it is not complete."""
    parts = [body]
    for line in rest:
        match = _COMMENT.match(line)
        if match is None or START.match(line):
            break
        if _parses("\n".join(parts)) and not parts[-1].rstrip().endswith(","):
            break
        parts.append(match[1])
    return tuple(parts)


def _parses(body: str) -> bool:
    try:
        parse(f"f({body}\n)", "eval")
    except (SyntaxError, ValueError):
        return False
    return True


def _parse(body: str, file: Path, line: int) -> Directive:
    def bad(reason: str) -> BadExampleInputs:
        return BadExampleInputs(
            f"{file.name}, line {line}: the kernelagent directive {reason}.",
            hint='Write it as "# kernelagent: inputs=(torch.randn(8, 64),), init=(64,)".',
            file=str(file),
            line=line,
        )

    source = f"f({body}\n)"
    try:
        call = parse(source, "eval").body
    except (SyntaxError, ValueError) as exc:
        raise bad(f"is not Python: {getattr(exc, 'msg', None) or exc}") from exc
    if not isinstance(call, ast.Call) or call.args or not call.keywords:
        raise bad("must hold inputs=..., init=... or mode=...")
    values: dict[str, str] = {}
    mode: Mode | None = None
    for keyword in call.keywords:
        written = ast.get_source_segment(source, keyword.value) or ast.unparse(keyword.value)
        if keyword.arg not in KEYS:
            raise bad(unknown(keyword.arg or "**", KEYS))
        if keyword.arg == "mode":
            mode = next((known for known in get_args(Mode) if known == written.strip("\"'")), None)
            if mode is None:
                raise bad(f"has mode={written}, which is none of {', '.join(get_args(Mode))}")
        else:
            values[keyword.arg] = ast.unparse(keyword.value)
    return Directive(values.get("inputs"), values.get("init"), mode, line)
