"""A model's reply → the kernel file that it holds, or what is wrong with it in words that the model can act on."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kernelagent.driver.agents.chosen_blocks import chosen
from kernelagent.driver.agents.fences import fenced_blocks, plain_lines, written_out
from kernelagent.driver.providers.exchange import Sample
from kernelagent.static.parsing import parse

LONGEST_FILE = 200_000
"""Characters. The longest kernel files that people write have a tenth of it."""
MOST_BRACES = 1000
"""Places that are tried as the beginning of an object: each may be long."""
_THOUGHTS = re.compile(
    r"\A\s*<(think|thinking|thought|reasoning)>.*?</\1>|\A.*?^[ \t]*</(?:think|thinking|thought|reasoning)>[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
"""What models that reason say first, where the server leaves it in the text; some servers drop the opening tag."""
_STILL_THINKING = re.compile(r"\A\s*<(think|thinking|thought|reasoning)>")
_PYTHON = ("", "python", "py", "python3", "triton")


LONGEST_LINE = 200
LONGEST_MARK = 20
"""Characters of the language that a block says it is in."""
LINES_AROUND = 3
"""Of a syntax error, before and after."""


class NotACandidate(Exception):
    """The reply can't be judged; the text says why, to the model and to people."""

    def __init__(self, text: str, file: str | None = None) -> None:
        super().__init__(text)
        self.file = file
        """The one file that the reply has, as it was read, for the model to correct."""


@dataclass(frozen=True)
class KernelRead:
    """What was read of a reply."""

    code: str
    aside: str = ""
    """Which of several code blocks it is, for the model; empty where all of them are in ``code``."""


def kernel_in(sample: Sample, needed: Sequence[str]) -> KernelRead:
    """The one Python file in ``sample``, which defines the names ``needed`` at its top level: the only code block, or
    those of several that do so together, in their order; where there is no block, the reply itself if it is such a
    file.

    Only its syntax is looked at; nothing is run. Raises ``NotACandidate``.
    """
    if sample.finish == "refusal":
        raise NotACandidate("The model declined to answer.")
    said = without_thoughts(sample.text)
    if sample.finish == "length" and (_STILL_THINKING.match(said) or (sample.thought and not said.strip())):
        raise NotACandidate(
            "The reply was cut off while it was still thinking, at the limit of tokens (max-output-tokens of the "
            "model). Think less, and begin the file sooner."
        )
    if not said.strip():
        raise NotACandidate("The reply was empty.")
    blocks = code_blocks(said) or code_blocks(said, glued=True)
    begun = any(not block.is_whole and block.content.strip() for block in fenced_blocks(said, glued=True))
    if sample.finish == "length" or (not blocks and begun):
        raise NotACandidate("The reply was cut off before the file ended. Write a shorter one.")
    bare = written_out(said)
    if not blocks and _defines(bare, needed):
        blocks = [bare]
    if not blocks:
        raise NotACandidate(_without_python(said))
    if len(blocks) == 1:
        return KernelRead(_checked(_short(blocks[0]), needed))
    return _of_several(blocks, needed)


def _of_several(blocks: Sequence[str], needed: Sequence[str]) -> KernelRead:
    fitting = [place for place, text in enumerate(blocks) if _defines(text, needed)]
    together = chosen(blocks, needed) if len(fitting) < 2 else ()
    joined = "\n\n\n".join(blocks[place].strip("\n") for place in together) + "\n"
    places: Sequence[int] = together if len(together) > 1 and _defines(joined, needed) else fitting
    if not places or (len(places) > 1 and places is fitting):
        raise NotACandidate(f"The reply had {len(blocks)} code blocks. Give the whole file in one, and no other.")
    code = blocks[places[0]] if len(places) == 1 else joined
    return KernelRead(_checked(_short(code), needed), _aside(places, len(blocks)))


def _aside(places: Sequence[int], count: int) -> str:
    if len(places) == count:
        return ""
    which = " and ".join(f"number {place + 1}" for place in places)
    return f"Of the {count} Python blocks of the reply {which} alone {'was' if len(places) == 1 else 'were'} judged. "


def _without_python(said: str) -> str:
    """What a reply without a block of Python has instead."""
    whole = [block for block in fenced_blocks(said) if block.is_whole]
    due = "give the whole file in one ```python block."
    if not whole:
        return f"The reply had no code block. {due.capitalize()}"
    marked = ", ".join(dict.fromkeys(f"`{block.language[:LONGEST_MARK]}`" for block in whole))
    blocks = f"{len(whole)} code blocks" if len(whole) > 1 else "one code block"
    return f"The reply had {blocks}, marked {marked}, and none of Python; {due}"


def _short(text: str) -> str:
    if len(text) > LONGEST_FILE:
        raise NotACandidate(f"The file has {len(text)} characters; {LONGEST_FILE} are the most.")
    return text


def without_thoughts(text: str) -> str:
    """``text`` without what a model thinks aloud before it answers; its lines end with LF."""
    return _THOUGHTS.sub("", plain_lines(text), count=1)


def objects_in(text: str) -> list[dict[str, Any]]:
    """The JSON objects of a reply, in its order, whatever stands around them; those inside of others are left out."""
    said = without_thoughts(text)[:LONGEST_FILE]
    found: list[dict[str, Any]] = []
    decoder, place = json.JSONDecoder(), said.find("{")
    for _ in range(MOST_BRACES):
        if place < 0:
            break
        try:
            value, end = decoder.raw_decode(said, place)
            found.append(value)
        except (ValueError, RecursionError):
            end = place + 1
        place = said.find("{", end)
    return found


def code_blocks(text: str, *, glued: bool = False) -> list[str]:
    """The contents of the fenced blocks that are Python, or do not say what they are."""
    blocks = fenced_blocks(text, glued=glued)
    return [block.content for block in blocks if block.is_whole and block.language.lower() in _PYTHON]


def _defines(text: str, needed: Sequence[str]) -> bool:
    try:
        _checked(text, needed)
    except NotACandidate:
        return False
    return len(text) <= LONGEST_FILE


def _checked(text: str, needed: Sequence[str]) -> str:
    if "\0" in text:
        line, shown = text[: text.index("\0")].count("\n") + 1, text.replace("\0", "\\x00")
        what = f"it has a NUL character, written \\x00 here, at line {line}"
        raise NotACandidate(f"The file is not valid Python: {what}{_lines_around(shown, line)}", shown)
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
        line = (exc.lineno or 0) if isinstance(exc, SyntaxError) else 0
        reason = exc.msg if isinstance(exc, SyntaxError) else str(exc)
        where = f" at line {line}{_lines_around(text, line)}" if line else "."
        raise NotACandidate(f"The file is not valid Python: {reason}{where}", text) from None
    defined = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    missing = [name for name in needed if name not in defined]
    if missing:
        raise NotACandidate(f"The file does not define {' and '.join(missing)}.", text)
    return text


def _lines_around(text: str, line: int) -> str:
    """With their numbers, and a mark at the one that is meant."""
    lines = text.split("\n")
    numbers = range(max(1, line - LINES_AROUND), min(len(lines), line + LINES_AROUND) + 1)
    width = len(str(numbers[-1])) if numbers else 0
    told = [f"{'>' if n == line else ' '} {n:>{width}} | {lines[n - 1][:LONGEST_LINE]}" for n in numbers]
    return "\n".join([":", *told])
