"""The class that a fuse was asked for, as it was then: by it the menus tell, at once, whether it still stands."""

from __future__ import annotations

from dataclasses import dataclass

from kernelagent.driver.modules import ModuleClass, modules_in
from kernelagent.static.once import once_per_text
from kernelagent.static.provenance import fingerprint

from kernelagent_lsp.documents.lines import split_lines


@dataclass(frozen=True)
class MadeFrom:
    lines: tuple[str, ...]
    """Of the class, without their ends."""
    digits: str
    """That its kernel's file has in its provenance."""


def made_from(text: str, class_name: str) -> MadeFrom | None:
    """``None`` where ``text`` has no such class. Parses all of ``text``: not for the loop."""
    module = _modules(text).get(class_name)
    digits = fingerprint(text, class_name)
    if module is None or digits is None:
        return None
    return MadeFrom(class_lines(split_lines(text), module.line, module.end_line), digits)


def class_lines(lines: list[str] | tuple[str, ...], first: int, last: int) -> tuple[str, ...]:
    """Lines ``first`` to ``last`` (1-based) without their ends: the last line of a file may get one from an edit of
    ours or from the editor, which is no change of the class."""
    return tuple(line.rstrip("\r\n") for line in lines[first - 1 : last])


@once_per_text
def _modules(text: str) -> dict[str, ModuleClass]:
    try:
        found = modules_in(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError):
        return {}
    return {each.name: each for each in reversed(found)}
