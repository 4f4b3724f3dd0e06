"""Kernels with room for so many elements and no more: blocks without a loop over them, or a loop of fixed length.

Such a kernel is right up to a size, and no number in its file need tell which. But while it is interpreted every lane
is seen: where a size grows, and more lanes pass the masks, while no more lanes are there, there is some size at which
they run out. None was tried at which they had; so the verdict names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
            for kernel, seen in self._seen.items():
                fills_up = _grows(seen, free.symbol, lambda lanes: lanes.used)
                if fills_up and not _grows(seen, free.symbol, lambda lanes: lanes.there):
                    largest = max(sizes.get(free.symbol, 0) for sizes, _ in seen)
                    yield (
                        f"{free.where or free.symbol} above {largest:,}: {kernel} has room for a fixed number of "
                        "elements along it as far as it was tried, and no case shows what becomes of more"
                    )


def _grows(seen: list[tuple[dict[str, int], Lanes]], symbol: str, count: Callable[[Lanes], int]) -> bool:
    """Whether there are two calls of which the one has a larger size, and more lanes, while no other size is larger."""
    return any(
        more.get(symbol, 0) > less.get(symbol, 0)
        and count(larger) > count(smaller)
        and all(more.get(other, 0) <= n for other, n in less.items() if other != symbol)
        for less, smaller in seen
        for more, larger in seen
    )
