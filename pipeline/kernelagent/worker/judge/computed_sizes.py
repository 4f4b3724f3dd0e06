"""Numbers that a module makes of its free sizes, which stay the same up to a size that is seldom tried.

``max(1, int(n * 0.005))`` is 1 up to 399, ``min(0.1, 50 / n)`` 0.1 up to 500: a kernel that takes it for what it is at
small sizes is right until then. The module is run on fake tensors, with nothing computed, and the numbers that its
operators are given are compared: where one is the same at two small sizes and another at a large one, halving the way
between them tells from which size on, and from which on it changes again. (Where the trace rests on such a number, the
ends of what it allows tell it as well.)
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Iterator
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from kernelagent.contract.problem import FreeSize, Problem
from kernelagent.worker.judge.measured import LARGEST, Measure
from kernelagent.worker.problem.fake_run import runs_at
from kernelagent.worker.problem.sizes import fit

_ASKING_S = 3.0
"""Of processor time, for all runs of one module."""
_SMALL, _LESS_SMALL = 9, 40
"""Any module is tried at sizes like these."""
_VALUES = 3
"""Values of one number that are told apart: the first of them is that of small sizes."""

Called = tuple[tuple[str, ...], tuple[int | float, ...]]
"""Names of operators, and the numbers that they are given."""


def computed_sizes(problem: Problem) -> list[Measure]:
    """For each free size up to which a number of small sizes lasts, and the next one after it."""
    deadline = time.process_time() + _ASKING_S
    found: list[Measure] = []
    with contextlib.suppress(TimeoutError):
        for free in problem.free_sizes:
            found += _along(problem, free, deadline)
    return found


def _along(problem: Problem, free: FreeSize, deadline: float) -> Iterator[Measure]:
    few = {f.symbol: fit(f, 5 + 2 * n) for n, f in enumerate(problem.free_sizes)}

    def called(size: int) -> Called | None:
        return _called(problem, few | {free.symbol: size}, deadline)

    small, size, far = (fit(free, n) for n in (_SMALL, _LESS_SMALL, LARGEST))
    one, usual = called(small), called(size)
    if one is None or usual is None or one[0] != usual[0] or len(one[1]) != len(usual[1]) or not small < size < far:
        return
    same = [n for n, number in enumerate(usual[1]) if number == one[1][n]]
    for _ in range(1, _VALUES):
        at = _first(functools.partial(_turned_at, called, same, usual), size, far, free)
        again = called(at) if at is not None else None
        if at is None or again is None:
            return
        told = f"{_first_turned(same, usual, again)}, which it makes of {free.where or free.symbol} up to {at - 1:,}"
        yield Measure(free.symbol, at - 1, at - 1, told)
        if again[0] != usual[0] or len(again[1]) != len(usual[1]):
            return
        size, usual = at, again


def _first(is_past: Callable[[int], bool], low: int, high: int, free: FreeSize) -> int | None:
    """The least size above ``low`` that is past something, if ``high`` is."""
    if not is_past(high):
        return None
    while high - low > free.multiple_of:
        middle = (low + high) // 2 // free.multiple_of * free.multiple_of
        if middle <= low:
            break
        low, high = (low, middle) if is_past(middle) else (middle, high)
    return high


def _are_equal(places: list[int], one: Called, other: Called) -> bool:
    return len(one[1]) == len(other[1]) and all(one[1][n] == other[1][n] for n in places)


def _turned(same: list[int], usual: Called, other: Called | None) -> bool:
    """Whether other operators are called, or given other numbers; a module that does not run tells nothing."""
    return other is not None and (usual[0] != other[0] or not _are_equal(same, usual, other))


def _turned_at(called: Callable[[int], Called | None], same: list[int], usual: Called, size: int) -> bool:
    return _turned(same, usual, called(size))


def _first_turned(same: list[int], usual: Called, other: Called) -> str:
    if usual[0] != other[0]:
        return "operators"
    return next(f"{usual[1][n]:,}" for n in same if usual[1][n] != other[1][n])


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self, deadline: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.names: list[str] = []
        self.numbers: list[int | float] = []
        self._deadline = deadline

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if time.process_time() > self._deadline:
            raise TimeoutError("asked for too long")
        numbers = [n for n in tree_leaves((args, kwargs or {})) if type(n) in (int, float)]
        self.names.append(f"{func.overloadpacket.__name__} {len(numbers)}")
        self.numbers += numbers
        return func(*args, **(kwargs or {}))


def _called(problem: Problem, sizes: dict[str, int], deadline: float) -> Called | None:
    """``None`` where the module raises, as it may on sizes that it was not made for."""
    if time.process_time() > deadline:
        raise TimeoutError("asked for too long")
    recorder = _Recorder(deadline)
    if not runs_at(problem, sizes, lambda: recorder):
        return None
    return tuple(recorder.names), tuple(recorder.numbers)
