"""Times of eager, ``torch.compile`` and the kernel, taken in one run on one device."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    median: float
    """milliseconds, as are the percentiles"""
    p10: float
    p90: float
    runs: int
    aside: bool = False
    """The call keeps other streams busy after the current one is done: these are the host clock's times."""


@dataclass(frozen=True)
class Benchmark:
    device: str
    precision: str
    eager_ms: Timing
    compile_ms: Timing | None
    kernel_ms: Timing
    speedup_eager: float
    speedup_compile: float | None
    bytes: int
    flops: int
    floor_ms: float
    of_floor: float
    """floor / kernel median: 1.0 is the speed of light."""
    notes: tuple[str, ...] = ()
    """What a reader must know before believing the figures."""
