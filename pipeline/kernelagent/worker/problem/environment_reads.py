"""Variables of the environment that the user's own code asks for, which another environment may answer otherwise.

Workers are handed a list of variables only, so what a module does with ``os.environ["GAIN"]`` set is not what is
judged.
What PyTorch and installed packages ask for by themselves is theirs, and left out.
"""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any

from kernelagent.worker.problem.own_code import Elsewhere

_MOST_TOLD = 4


class EnvironmentReads:
    """Of this process from now on, until it ends."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[str, int]] = {}
        self._elsewhere = Elsewhere()
        note = self._note

        class Watched(os._Environ):  # type: ignore[type-arg]
            def __getitem__(self, key: Any) -> Any:
                note(str(key))
                return super().__getitem__(key)

        os.environ.__class__ = Watched

    def _note(self, name: str) -> None:
        if name in self._asked:
            return
        frame = sys._getframe(2)
        while _is_pythons(frame) and frame.f_back is not None:
            frame = frame.f_back
        if (path := self._elsewhere.own(frame)) is not None:
            self._asked[name] = path.name, frame.f_lineno

    def told(self) -> list[str]:
        """In words for the verdict."""
        found = [f"{name} (line {line} of {file})" for name, (file, line) in self._asked.items()]
        more = f" and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
        told = f"{', '.join(found[:_MOST_TOLD])}{more}"
        return [
            f"Another environment: the module asks for {told}, and was judged with a list of variables only"
        ] * bool(found)


def _is_pythons(frame: FrameType) -> bool:
    """Between ``os.environ`` and whoever asked: ``get``, ``getenv``, ``in``."""
    return frame.f_globals.get("__name__") in ("os", "collections.abc", "_collections_abc")
