"""Which comparisons of a loop's turn, and after which others: what enters a state, and what leaves it.

A step that compares one running value with another, scaled one, drives a state by the order in which such comparisons
come true along the way. One that has come true after no other shows nothing of what it would have ended.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Hashable, Iterable
from types import FrameType
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

ORDERS = frozenset({"lt", "le", "gt", "ge"})
_A_LOOP = 3
_MOST_PLACES = 8
"""In a module's text; of more nothing is noted."""
_OF_NO_MODULE = ("torch.", "kernelagent.")

Turn = tuple[Hashable, ...]
"""Places in a text. One: it came false again for an element. Two: the second came true for it after the first was.
Three: the first then came true again."""


class Turns:
    """Of one call. Comparisons of one place are held against each other, element by element, in the order in which
    they are made."""

    def __init__(self) -> None:
        self.seen: set[Turn] = set()
        self._counts: dict[Hashable, int] = {}
        self._last: dict[Hashable, torch.Tensor] = {}
        self._was: dict[Hashable, torch.Tensor] = {}
        self._after: dict[Turn, torch.Tensor] = {}
        """Of two places the elements for which the second came true after the first was."""
        self._is_finite = True

    @property
    def repeated(self) -> frozenset[Hashable]:
        """Places that compare again and again, as a loop over steps does; none where something is not finite, for that
        may be all that turned them."""
        return frozenset(at for at, n in self._counts.items() if n >= _A_LOOP) if self._is_finite else frozenset()

    @property
    def told(self) -> frozenset[Turn]:
        """What is ``seen`` of those."""
        known = self.repeated
        return frozenset(turn for turn in self.seen if known.issuperset(turn))

    def note(self, place: Hashable, operands: Iterable[Any], result: torch.Tensor) -> None:
        """One comparison of floats gave ``result``."""
        if place not in self._counts and len(self._counts) >= _MOST_PLACES:
            return
        self._is_finite &= all(bool(t.isfinite().all()) for t in operands if isinstance(t, torch.Tensor))
        last, was = self._last.get(place), self._was.get(place)
        if last is None or was is None or last.shape != result.shape:
            self._counts[place], self._last[place], self._was[place] = 1, result, result
            self._after = {turn: elements for turn, elements in self._after.items() if place not in turn}
            return
        self._counts[place] += 1
        if (place,) not in self.seen and bool((last & ~result).any()):
            self.seen.add((place,))
        rises = result & ~last
        if bool(rises.any()):
            self._rises(place, rises)
        self._last[place], self._was[place] = result, was | result

    def _rises(self, place: Hashable, rises: torch.Tensor) -> None:
        for turn, elements in self._after.items():
            if turn[0] == place and turn[1] != place and _meet(elements, rises):
                self.seen.add((*turn, place))
        for other, held in self._was.items():
            if _meet(held, rises):
                turn = other, place
                self.seen.add(turn)
                self._after[turn] = self._after[turn] | (held & rises) if turn in self._after else held & rises


def _meet(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and bool((one & other).any())


class AllTurns:
    """Of all calls that are kept, where places are lines and operators."""

    def __init__(self) -> None:
        self.now = Turns()
        self._seen: set[Turn] = set()
        self._repeated: set[Hashable] = set()

    def begin(self) -> None:
        self.now = Turns()

    def keep(self) -> None:
        """The last call is that of a case."""
        self._seen |= self.now.told
        self._repeated |= self.now.repeated
        self.now = Turns()

    def unseen(self, one_way: Container[Hashable]) -> list[tuple[Any, ...]]:
        """Turns that there may be and none of them had, but for what went ``one_way`` throughout: such a place is told
        of by itself. The first of those that came false again at all."""
        both = [at for at in sorted(self._repeated, key=repr) if at not in one_way]
        left = [at for at in both if (at,) in self._seen]
        pairs = [(one, at) for one in both for at in left if one != at]
        again = [(one, at, one) for one, at in pairs if one in left and (one, at) in self._seen]
        may_be: list[tuple[Any, ...]] = [*((at,) for at in both), *pairs, *again]
        return [turn for turn in may_be if turn not in self._seen]


class Turning(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Around one call of a module: the ``turns`` of what it compares, floats all of them."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.turns = Turns()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func.overloadpacket.__name__ in ORDERS and is_of_floats(args) and result.numel():
            self.turns.note(place_of_call(in_module), args, result)
        return result


def is_of_floats(args: Any) -> bool:
    return isinstance(args[0], torch.Tensor) and args[0].is_floating_point()


def in_module(name: str) -> bool:
    """Whether ``name`` may be that of the file of a module, not PyTorch's or ours."""
    return not name.startswith(_OF_NO_MODULE)


def place_of_call(is_meant: Callable[[str], bool]) -> Hashable:
    """Where the call was made that brought the caller about, in a file whose name is meant."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and not is_meant(f"{frame.f_globals.get('__name__', '')}."):
        frame = frame.f_back
    return None if frame is None else (frame.f_code, frame.f_lasti)
