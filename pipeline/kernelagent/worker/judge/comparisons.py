"""Comparisons of values inside kernels that held for no element in any case, or for every one: the other way, nobody
saw.

``tl.where`` makes two ways of one line, and what it chooses by may be true of one number among billions. Watched are
comparisons, and what ``&`` and ``|`` make of several; what an ``if`` tests is watched in ``rounds.py``, too.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import CodeType
from typing import Any

from kernelagent.worker.judge.turned import Unseen
from kernelagent.worker.judge.written_comparisons import WrittenComparisons

_ORDERS: dict[str, tuple[type[ast.AST], ...]] = {
    "LT": (ast.Lt, ast.Gt),
    "GT": (ast.Gt, ast.Lt),
    "LE": (ast.LtE, ast.GtE),
    "GE": (ast.GtE, ast.LtE),
}
_EQUALITIES: dict[str, tuple[type[ast.AST], ...]] = {"EQ": (ast.Eq,), "NE": (ast.NotEq,)}
OPERATORS: dict[str, tuple[type[ast.AST], ...]] = {
    **{f"create_fcmp{kind}{name}": of for kind in "OU" for name, of in (_ORDERS | _EQUALITIES).items()},
    **{f"create_icmp{kind}{name}": of for kind in "SU" for name, of in _ORDERS.items()},
    **{f"create_icmp{name}": of for name, of in _EQUALITIES.items()},
    "create_and": (ast.BitAnd,),
    "create_or": (ast.BitOr,),
}
"""Of the interpreter's builder → how it is written, comparisons also with their sides turned round."""
_OF_PLACES = frozenset(f"create_icmp{kind}{name}" for kind in "SU" for name in _ORDERS)
"""Of single numbers these ask mostly whether a program has anything to do."""
_MOST = 1 << 12
"""Elements of a block that is held against the one before."""
_BETWEEN = ("triton/runtime/interpreter.py", "triton/language/core.py", "triton/language/semantic.py")
"""Files of Triton's between a kernel's text and the builder."""


class Comparisons:
    """Of one candidate's process."""

    def __init__(self, file: Path) -> None:
        self._file = str(file)
        self._outcomes: dict[tuple[int, str], set[bool]] = {}
        self._first: dict[tuple[int, str], tuple[Any, ...]] = {}
        """What alone was compared so far."""
        self._varied: set[tuple[int, str]] = set()
        """Comparisons of several numbers, or blocks: others go one way for this problem. ``columns < D`` does where
        the module fixes ``D``."""
        self._is_between: dict[int, tuple[CodeType, bool]] = {}
        """By a function's address, which stays its own while it is kept: to hash code is to hash all that it says."""
        self._addressed: set[int] = set()
        self.is_off = False
        """A call is made again with other numbers than its own."""

    def made(self, name: str, lhs: Any, rhs: Any, result: Any, together: bool = False) -> None:
        """A comparison of two arrays by that function of the builder gave ``result``, an array of truth values.
        ``together``: along their first axis lie programs."""
        line = 0 if self.is_off else self.line()
        if not line or not result.size or result.dtype != bool or (result.size == 1 and name in _OF_PLACES):
            return
        key = line, name
        seen = self._outcomes.setdefault(key, set())
        if len(seen) < 2:
            seen.update((bool(result.any()), bool(result.all())))
        if key not in self._varied:
            pair = _contents(lhs, together), _contents(rhs, together)
            if None in pair or self._first.setdefault(key, pair) != pair:
                self._varied.add(key)

    def addressed(self) -> None:
        """A pointer became a number."""
        self._addressed.add(self.line())

    def notes(self) -> list[str]:
        """What depends on where the allocator puts a tensor, in a sentence."""
        lines = sorted(self._addressed - {0})
        return [f"The kernel's file looks at a tensor's address (line {lines[0]})"] if lines else []

    def line(self) -> int:
        """Of the candidate's file, where it is what asks: Triton's own functions
        are none of its ways. 0: there is none."""
        frame = sys._getframe(1)
        while frame is not None:
            code = frame.f_code
            if code.co_filename == self._file:
                return frame.f_lineno
            if (known := self._is_between.get(id(code))) is None:
                known = self._is_between[id(code)] = code, _is_between(code.co_filename)
            if not known[1] or frame.f_back is None:
                return 0
            frame = frame.f_back
        return 0

    def unseen(self) -> list[Unseen]:
        """Lines, and what is to be told of them."""
        one_way = {key: seen for key, seen in self._outcomes.items() if len(seen) == 1 and key in self._varied}
        if not one_way:
            return []
        source = Path(self._file).read_text(encoding="utf-8", errors="replace")
        texts = WrittenComparisons(source)
        told = ((line, texts.of(line, OPERATORS[name]), next(iter(seen))) for (line, name), seen in one_way.items())
        return [
            (line, f"{text} was {str(not seen).lower()} for no element in any case")
            for line, text, seen in told
            if text
        ]


def _contents(operand: Any, together: bool) -> tuple[Any, ...] | None:
    """To be held against another operand's. ``None``: it differs from program to program, or is too much."""
    if together and operand.ndim > 1:
        if (operand != operand[:1]).any():
            return None
        operand = operand[0]
    return (operand.shape, operand.tobytes()) if operand.size <= _MOST else None


def _is_between(file: str) -> bool:
    return file.replace("\\", "/").endswith(_BETWEEN) or "kernelagent" in Path(file).parts
