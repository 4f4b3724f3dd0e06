"""Times of a GPU call: CUDA events around each run, with the L2 cache overwritten before it.

Events see the current stream alone. What a call leaves to other streams is measured beside it, as the time from the
moment when the current stream is done until the whole device is, and is added.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

_FLUSH_BYTES = 1 << 28
_WARM_S = 0.3
_MEASURE_S = 1.0
_MIN_RUNS, _MAX_RUNS = 20, 1000
_TRIALS = 9
"""Runs that are waited for one by one, to see what goes on after them."""
_NOISE_MS = 0.01
"""Waiting for a device that is idle differs by less."""


@dataclass(frozen=True)
class Times:
    """Milliseconds."""

    median: float
    p10: float
    p90: float
    runs: int
    aside: float
    """Of each of them, spent on other streams after the current one was done."""


def time_call(call: Callable[[], Any], device: torch.device, refresh: Callable[[int], None]) -> Times:
    """Time ``call`` as the GPU sees it: from the moment it could start to its last kernel's end.

    ``refresh`` is called with the run's number before each one, outside of what is timed; it may change the inputs.
    """
    cache = torch.empty(_FLUSH_BYTES, dtype=torch.int8, device=device)
    warm_until = time.monotonic() + _WARM_S
    call()
    torch.cuda.synchronize(device)
    started = time.monotonic()
    count = 0
    while time.monotonic() < warm_until or count < 3:
        call()
        torch.cuda.synchronize(device)
        count += 1
    once = (time.monotonic() - started) / count
    runs = max(_MIN_RUNS, min(_MAX_RUNS, int(_MEASURE_S / max(once, 1e-5))))
    events = []
    for number in range(runs):
        refresh(number)
        cache.zero_()
        events.append(_between_events(call))
    torch.cuda.synchronize(device)
    times = sorted(begin.elapsed_time(end) for begin, end in events)
    aside = _aside(call, device)
    median, p10, p90 = (times[len(times) * tenth // 10] + aside for tenth in (5, 1, 9))
    return Times(median, p10, p90, len(times), aside)


def _between_events(call: Callable[[], Any]) -> tuple[Any, Any]:
    event: Any = torch.cuda.Event  # untyped upstream
    begin, end = event(enable_timing=True), event(enable_timing=True)
    begin.record()
    call()
    end.record()
    return begin, end


def _aside(call: Callable[[], Any], device: torch.device) -> float:
    """Milliseconds from the current stream's end to the device's; 0 where that is no more than it takes to ask."""
    after, idle = [], []
    for _ in range(_TRIALS):
        _, end = _between_events(call)
        end.synchronize()
        after.append(_synchronize(device))
        idle.append(_synchronize(device))
    found = statistics.median(after) - statistics.median(idle)
    return found if found > _NOISE_MS else 0.0


def _synchronize(device: torch.device) -> float:
    started = time.perf_counter()
    torch.cuda.synchronize(device)
    return (time.perf_counter() - started) * 1e3
