"""Kernels with room for so many elements and no more: blocks without a loop over them, or a loop of fixed length.

Such a kernel is right up to a size, and no number in its file need tell which. But while it is interpreted every lane
is seen: where a size grows to the largest that was tried, and with it the lanes that pass the masks, nearly as fast
(more neighbours of a point that lie inside an image are not meant), while no more lanes are there, there is some size
at which they run out. None was tried at which they had; so the verdict names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kernelagent.contract.problem import FreeSize


@dataclass(frozen=True)
class Lanes:
    """Of all loads and stores of one kernel in one call."""

    there: int = 0
    used: int = 0
    """Those that the masks let pass."""

    def __add__(self, other: Lanes) -> Lanes:
        return Lanes(self.there + other.there, self.used + other.used)


class Room:
    """Lanes by kernel, over all calls of one candidate."""

    def __init__(self) -> None:
        self._seen: dict[str, list[tuple[dict[str, int], Lanes]]] = {}

    def note(self, sizes: dict[str, int], lanes: dict[str, Lanes]) -> None:
        for kernel, several in lanes.items():
            self._seen.setdefault(kernel, []).append((sizes, several))

    def told(self, free_sizes: Iterable[FreeSize]) -> Iterator[str]:
        """What runs out, in words."""
        for free in free_sizes:
            of_any = max((_largest(seen, free.symbol) for seen in self._seen.values()), default=0)
            for kernel, seen in self._seen.items():
                largest = _largest(seen, free.symbol)
                if largest < of_any:  # more goes to another kernel
                    continue
                pairs = list(_grown(seen, free.symbol, largest))
                if any(_fills_up(less, more, size, largest) for less, more, size in pairs) and all(
                    more.there <= less.there for less, more, _ in pairs
                ):
                    yield (
                        f"{free.where or free.symbol} above {largest:,}: {kernel} has room for a fixed number of "
                        "elements along it as far as it was tried, and no case shows what becomes of more"
                    )


def _largest(seen: list[tuple[dict[str, int], Lanes]], symbol: str) -> int:
    return max((sizes.get(symbol, 0) for sizes, _ in seen), default=0)


def _grown(seen: list[tuple[dict[str, int], Lanes]], symbol: str, largest: int) -> Iterator[tuple[Lanes, Lanes, int]]:
    """Lanes of a call with fewer elements along ``symbol``, of one with ``largest``, and how many the first has; where
    no other size of the latter is larger."""
    for more, larger in seen:
        if more.get(symbol, 0) < largest:
            continue
        for less, smaller in seen:
            size = less.get(symbol, 0)
            if size < largest and all(more.get(other, 0) <= n for other, n in less.items() if other != symbol):
                yield smaller, larger, size


def _fills_up(less: Lanes, more: Lanes, size: int, largest: int) -> bool:
    """Whether lanes that pass grow at least a quarter as fast as the size: others may not depend on it. A size that
    does not grow to twice what it was may stay within the last block of a loop's."""
    grows = more.used > less.used and 4 * (more.used - less.used) * size >= less.used * (largest - size)
    return grows and 2 * size <= largest
