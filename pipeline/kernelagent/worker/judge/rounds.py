"""How often each loop of a kernel goes round, at most, in any program of any case; and which way its branches went.

What a loop carries over or ought to reset between two rounds shows in the second. A loop that never got there is told,
unless its bounds rest on nothing that took several values: then it goes round once whatever the problem's inputs are.
Where a parameter is the number of rounds itself, nothing here tells what it was made from.
"""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Loop:
    line: int
    """In the kernel's file."""
    kernel: str
    names: tuple[str, ...]
    """Parameters of the kernel that its bounds rest on."""
    counted: bool = False
    """A ``for`` over as many turns as a parameter says: what the wrapper made that number from does not show here."""
    most: int = -1
    """Rounds; -1: no program came to it."""
    now: int = 0
    first: dict[str, Any] = field(default_factory=dict)
    """Name → the value that it had at first."""
    varied: bool = False

    def begin(self, values: tuple[Any, ...]) -> None:
        """A program came to it; ``values``: what the parameters are."""
        if self.most < 2 and not self.varied:
            for name, value in zip(self.names, values, strict=True):
                number = _number(value)
                self.varied = self.varied or self.first.setdefault(name, number) != number
        self.now = 0
        self.most = max(self.most, 0)

    def went(self, rounds: int) -> None:
        self.now += rounds
        self.most = max(self.most, self.now)


@dataclass
class Branch:
    """An ``if`` on scalars, in a statement or an expression."""

    line: int
    text: str
    names: tuple[str, ...]
    """Parameters of the kernel that it rests on."""
    outcomes: set[bool] = field(default_factory=set)
    first: dict[str, Any] = field(default_factory=dict)
    varied: bool = False

    def went(self, values: tuple[Any, ...], outcome: bool) -> None:
        self.outcomes.add(outcome)
        if len(self.outcomes) < 2 and not self.varied:
            for name, value in zip(self.names, values, strict=True):
                number = _number(value)
                self.varied = self.varied or self.first.setdefault(name, number) != number


class Rounds:
    """Of one candidate's process."""

    def __init__(self) -> None:
        self._loops: list[Loop] = []
        self._branches: list[Branch] = []

    def add_branch(self, branch: Branch) -> int:
        """Its number from now on."""
        self._branches.append(branch)
        return len(self._branches) - 1

    def way(self, number: int, values: tuple[Any, ...], test: Any) -> Any:
        """What an ``if`` tests, as it is."""
        data = getattr(getattr(test, "handle", None), "data", getattr(test, "value", test))
        if getattr(data, "size", 1) == 1:
            self._branches[number].went(values, bool(data))
        return test

    def add(self, loop: Loop) -> int:
        """Its number from now on."""
        self._loops.append(loop)
        return len(self._loops) - 1

    def unseen(self) -> list[tuple[int, str]]:
        """Lines, and what is to be told of them."""
        one_way = [
            (branch.line, f"`{branch.text}` was {str(not next(iter(branch.outcomes))).lower()} in no case")
            for branch in self._branches
            if len(branch.outcomes) == 1 and branch.varied
        ]
        return one_way + [
            (loop.line, f"the loop of `{loop.kernel}` never went round twice")
            for loop in self._loops
            if 0 <= loop.most < 2 and (loop.varied or loop.counted)
        ]

    def over(self, number: int, values: tuple[Any, ...], bounds: Any) -> Any:
        """What a ``for`` goes through, as it is; its length is known before."""
        if isinstance(bounds, Sized):
            self.begin(number, *values)
            self._loops[number].went(len(bounds))
        return bounds

    def begin(self, number: int, *values: Any) -> None:
        self._loops[number].begin(values)

    def round(self, number: int) -> None:
        """One more of a ``while``."""
        self._loops[number].went(1)


def _number(value: Any) -> Any:
    """Of a scalar in the interpreter; 0 for a pointer, whose value is the judge's own doing."""
    data = getattr(getattr(value, "handle", None), "data", None)
    if data is None:
        return getattr(value, "value", value) if isinstance(getattr(value, "value", value), (int, float, str)) else 0
    is_number = getattr(data, "size", 0) == 1 and not value.dtype.is_ptr()
    return data.item() if is_number else 0
