"""How often each loop of a kernel goes round, at most, in any program of any case; and which way its branches went.

What a loop carries over or ought to reset between two rounds shows in the second. A loop that never got there is told,
unless its bounds rest on nothing that took several values: then it goes round once whatever the problem's inputs are.
Where a parameter is the number of rounds itself, nothing here tells what it was made from. A branch inside a loop that
is the same in all its rounds (``if EVEN_K``) makes two loops of it: each has to go round twice.
"""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Launched:
    """What one kernel was handed, over all its programs."""

    names: tuple[str, ...] = ()
    """Parameters that a loop's bounds or a branch rest on."""
    first: dict[str, Any] = field(default_factory=dict)
    """Name → the value that it had at first."""
    varied: set[str] = field(default_factory=set)

    def with_values(self, values: tuple[Any, ...]) -> None:
        """A program of it begins."""
        if len(self.varied) < len(self.names):
            for name, value in zip(self.names, values, strict=True):
                if name not in self.varied:
                    number = _number(value)
                    if self.first.setdefault(name, number) != number:
                        self.varied.add(name)


@dataclass
class Loop:
    line: int
    """In the kernel's file."""
    kernel: str
    names: tuple[str, ...]
    """Parameters of the kernel that its bounds rest on."""
    launched: Launched
    counted: bool = False
    """A ``for`` over as many turns as a parameter says: what the wrapper made that number from does not show here."""
    most: int = -1
    """Rounds; -1: no program came to it."""
    now: int = 0

    def begin(self) -> None:
        """A program came to it."""
        self.now = 0
        self.most = max(self.most, 0)

    def went(self, rounds: int) -> None:
        self.now += rounds
        self.most = max(self.most, self.now)

    @property
    def may_go_on(self) -> bool:
        return self.counted or not self.launched.varied.isdisjoint(self.names)


@dataclass
class Branch:
    """An ``if`` on scalars, in a statement or an expression."""

    line: int
    text: str
    names: tuple[str, ...]
    """Parameters of the kernel that it rests on."""
    launched: Launched
    loop: Loop | None = None
    """The loop around it, where it goes the same way in all its rounds."""
    rounds: dict[bool, int] = field(default_factory=dict)
    """Outcome → the most rounds of the loop with it; 0 without a loop."""

    def went(self, outcome: bool) -> None:
        rounds = self.loop.now if self.loop is not None else 0
        if rounds >= self.rounds.get(outcome, 0):
            self.rounds[outcome] = rounds


class Rounds:
    """Of one candidate's process."""

    def __init__(self) -> None:
        self._loops: list[Loop] = []
        self._branches: list[Branch] = []
        self._launched: list[Launched] = []
        self._ways: set[str] = set()
        """Since they were last taken."""

    def take_ways(self) -> list[str]:
        """Which ways branches went since this was last asked, and which loops went round twice."""
        ways, self._ways = sorted(self._ways), set()
        return ways

    def add_kernel(self, launched: Launched) -> int:
        """Its number from now on."""
        self._launched.append(launched)
        return len(self._launched) - 1

    def add_branch(self, branch: Branch) -> int:
        """Its number from now on."""
        self._branches.append(branch)
        return len(self._branches) - 1

    def add(self, loop: Loop) -> int:
        """Its number from now on."""
        self._loops.append(loop)
        return len(self._loops) - 1

    def enter(self, number: int, *values: Any) -> None:
        """A program of a kernel begins; ``values``: what its parameters are."""
        self._launched[number].with_values(values)

    def way(self, number: int, test: Any) -> Any:
        """What an ``if`` tests, as it is."""
        data = getattr(getattr(test, "handle", None), "data", getattr(test, "value", test))
        if getattr(data, "size", 1) == 1:
            self._branches[number].went(bool(data))
            self._ways.add(f"branch {number}: {bool(data)}")
        return test

    def over(self, number: int, bounds: Any) -> Any:
        """What a ``for`` goes through, as it is; its length is known before."""
        if isinstance(bounds, Sized):
            self.begin(number)
            self._went(number, len(bounds))
        return bounds

    def begin(self, number: int) -> None:
        self._loops[number].begin()

    def round(self, number: int) -> None:
        """One more of a ``while``."""
        self._went(number, 1)

    def _went(self, number: int, rounds: int) -> None:
        self._loops[number].went(rounds)
        if self._loops[number].now > 1:
            self._ways.add(f"loop {number}: again")

    def unseen(self) -> list[tuple[int, str]]:
        """Lines, and what is to be told of them."""
        return [*self._one_way(), *self._once(), *self._once_that_way()]

    def _one_way(self) -> list[tuple[int, str]]:
        return [
            (branch.line, f"`{branch.text}` was {str(not next(iter(branch.rounds))).lower()} in no case")
            for branch in self._branches
            if len(branch.rounds) == 1 and not branch.launched.varied.isdisjoint(branch.names)
        ]

    def _once(self) -> list[tuple[int, str]]:
        return [
            (loop.line, f"the loop of `{loop.kernel}` never went round twice")
            for loop in self._loops
            if 0 <= loop.most < 2 and loop.may_go_on
        ]

    def _once_that_way(self) -> list[tuple[int, str]]:
        return [
            (branch.line, f"the loop around it never went round twice where `{branch.text}` was {str(outcome).lower()}")
            for branch in self._branches
            for outcome, most in branch.rounds.items()
            if branch.loop is not None and most < 2 <= branch.loop.most and branch.loop.may_go_on
        ]


def _number(value: Any) -> Any:
    """Of a scalar in the interpreter; 0 for a pointer, whose value is the judge's own doing."""
    data = getattr(getattr(value, "handle", None), "data", None)
    if data is None:
        return getattr(value, "value", value) if isinstance(getattr(value, "value", value), (int, float, str)) else 0
    is_number = getattr(data, "size", 0) == 1 and not value.dtype.is_ptr()
    return data.item() if is_number else 0
