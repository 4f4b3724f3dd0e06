"""The scripted provider: plays replies from a file, for tests and demonstrations. Needs no key and no network.

The file is JSON: ``{"replies": [...]}``. Each reply is one of

    {"text": "..."}                       what the model says
    {"file": "kernel.py"}                 one code block with this file's content; the path is relative to the script
    {"error": "RateLimited"}              an error of the catalogue instead of an answer

and may have ``"finish": "length"`` or ``"refusal"`` and ``"delay_s": 2.5``, the pause before it speaks. Requests take
the replies in turn, whichever worker makes them; after the last one, the last is repeated.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from kernelagent.contract.codec import parse_json
from kernelagent.driver.providers.catalogue import Model
from kernelagent.driver.providers.exchange import Chunk, Finish, Finished, Request, Spent, TextPiece
from kernelagent.driver.providers.usage import Usage
from kernelagent.errors import CATALOGUE, BadConfiguration

_PIECE = 256


@dataclass(frozen=True)
class _Line:
    text: str
    error: str | None
    finish: Finish
    delay_s: float


class Scripted:
    name = "scripted"
    destination = ""
    address_from_file = False

    def __init__(self, script: Path) -> None:
        """Raises ``BadConfiguration`` when the script cannot be played."""
        self._lines = _read(script)
        self._next = 0
        self._lock = threading.Lock()

    def takes_samples(self, model: Model) -> bool:
        return False

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        with self._lock:
            line = self._lines[min(self._next, len(self._lines) - 1)]
            self._next += 1
        await asyncio.sleep(line.delay_s)
        if line.error is not None:
            raise CATALOGUE[line.error]("as the script says.")
        for start in range(0, len(line.text), _PIECE):
            yield TextPiece(0, line.text[start : start + _PIECE])
        yield Spent(Usage(request.characters // 4, 0, len(line.text) // 4))
        yield Finished(0, line.finish)


def _read(script: Path) -> list[_Line]:
    try:
        document = parse_json(script.read_bytes())
        lines = [_line(script.parent, given) for given in document["replies"]]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise BadConfiguration(f"the script {script} cannot be played: {exc}.", file=str(script)) from exc
    if not lines:
        raise BadConfiguration(f"the script {script} has no replies.", file=str(script))
    return lines


def _line(folder: Path, given: dict[str, Any]) -> _Line:
    kinds = [kind for kind in ("text", "file", "error") if kind in given]
    if len(kinds) != 1:
        raise ValueError("each reply has one of text, file and error")
    text = str(given.get("text", ""))
    if "file" in given:
        text = f"```python\n{(folder / given['file']).read_text(encoding='utf-8')}```\n"
    if "error" in given and given["error"] not in CATALOGUE:
        raise ValueError(f"there is no error {given['error']}")
    finish = given.get("finish", "stop")
    if finish not in ("stop", "length", "refusal"):
        raise ValueError(f"there is no finish {finish}")
    return _Line(text, given.get("error"), cast(Finish, finish), float(given.get("delay_s", 0)))
