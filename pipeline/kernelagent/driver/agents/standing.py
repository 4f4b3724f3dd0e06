"""How fast verified candidates are beside each other: measured where there is a GPU, else by what the compiler says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kernelagent.contract.verdict import Verification
from kernelagent.driver.agents.fences import fenced
from kernelagent.static.kernel_file import without_self_check

LAUNCH_US = 4.0
"""What a launch costs, and the least of what its reading and writing between kernels does."""
SPILL_US = 0.05
"""For each spilled byte of a thread: it goes through memory in every iteration."""
REGISTERS_FREE = 128
"""Beyond so many, fewer than half of the warps that a processor can hold are there to hide its waiting."""
REGISTER_US = 0.02


@dataclass(frozen=True)
class Standing:
    cost: float
    """Milliseconds that were measured, or an estimate in microseconds: comparable within a run."""
    words: str
    is_time: bool = False
    """It was measured."""


@dataclass(frozen=True)
class Entrant:
    kernel: Path
    verification: Verification
    standing: Standing
    place: tuple[int, int, int] = (0, 0, 0)
    """Worker, attempt and sample: of what stands alike the first, whenever it came."""


Judge = Callable[[Path, Verification], Standing]


def by_compilation(kernel: Path, verification: Verification) -> Standing:
    """From the table of compiled kernels, for the first architecture: launches, spills, registers. Not a time."""
    first = verification.compiled[0].arch if verification.compiled else ""
    compiled = [one for one in verification.compiled if one.arch == first]
    kernels = {one.kernel for one in compiled}
    spills = max((one.spills or 0 for one in compiled), default=0)
    registers = max((one.registers or 0 for one in compiled), default=0)
    cost = LAUNCH_US * len(kernels) + SPILL_US * spills + REGISTER_US * max(0, registers - REGISTERS_FREE)
    words = f"{len(kernels)} kernel{'s' * (len(kernels) != 1)}, {spills} bytes spilled, {registers} registers at most"
    return Standing(cost, f"{words} on {first}" if first else words)


class Leaders:
    """The best of a race that goes on; every method may be called from any thread."""

    def __init__(self, judge: Judge, to_beat: Entrant | None = None) -> None:
        self._judge = judge
        self._lock = threading.Lock()
        self.best = to_beat
        self.to_beat = to_beat

    def enter(self, kernel: Path, verification: Verification, place: tuple[int, int, int]) -> str:
        """Take a verified candidate in, and say to its author where it stands."""
        standing = self._judge(kernel, verification)
        with self._lock:
            leader = self.best
            is_best = leader is None or (standing.cost, place) < (leader.standing.cost, leader.place)
            if is_best:
                self.best = Entrant(kernel, verification, standing, place)
        if is_best:
            first = "is the fastest" if standing.is_time else "stands first"
            return f"It {first} so far ({standing.words})."
        assert leader is not None
        if standing.cost == leader.standing.cost:
            why = "" if standing.is_time else f": up to {REGISTERS_FREE} registers count for nothing"
            return f"It stands as well ({standing.words}) as the first one ({leader.standing.words}), which stays{why}."
        return f"It stands at {standing.words}; the one to beat at {leader.standing.words}."


def told_to_beat(to_beat: Entrant) -> str:
    """The part of a prompt that shows the kernel to beat, without its self-check."""
    code = without_self_check(to_beat.kernel.read_text(encoding="utf-8"))
    return f"This file is verified, and is the one to beat ({to_beat.standing.words}):\n{fenced(code)}"
