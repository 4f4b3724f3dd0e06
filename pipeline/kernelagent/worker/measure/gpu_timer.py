"""Times of a GPU call: CUDA events around each run, with the L2 cache overwritten before it.

Events see the current stream alone. A call that leaves work to other streams is found out by many calls in a row, after
which the current stream is done and the device is not; it is timed by the host's clock instead, until the device is.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

_FLUSH_BYTES = 1 << 28
_WARM_S = 0.2
_MEASURE_S = 0.6
_MIN_RUNS, _MAX_RUNS = 9, 1000
_TRIALS, _IN_A_ROW, _ROW_S = 5, 20, 0.01
"""Calls in a row when looking for work on other streams: as many, or as fill so many seconds, but three at least."""
_NOISE_S = 4e-5
"""Waiting for the device when the current stream is done takes no longer than this, if nothing else runs."""


@dataclass(frozen=True)
class Times:
    """Milliseconds."""

    median: float
    p10: float
    p90: float
    runs: int
    aside: bool
    """Work was left to other streams: these are the host clock's times."""


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

    def prepare(number: int) -> None:
        refresh(number)
        cache.zero_()

    aside = _goes_on(call, cache, device, max(3, min(_IN_A_ROW, int(_ROW_S / max(once, 1e-5)))))
    times = sorted((_by_the_host if aside else _by_events)(call, runs, prepare, device))
    median, p10, p90 = (times[len(times) * tenth // 10] for tenth in (5, 1, 9))
    return Times(median, p10, p90, len(times), aside)


def copy_bandwidth(device: torch.device) -> float:
    """Bytes/s, read and written, of a copy within the device's memory."""
    source, target = (torch.empty(_FLUSH_BYTES, dtype=torch.int8, device=device) for _ in range(2))
    times = _by_events(lambda: target.copy_(source), 20, lambda _: None, device)
    return 2 * _FLUSH_BYTES / (min(times) * 1e-3)


def _by_events(call: Callable[[], Any], runs: int, prepare: Callable[[int], None], device: torch.device) -> list[float]:
    event: Any = torch.cuda.Event  # untyped upstream
    events = []
    for number in range(runs):
        prepare(number)
        begin, end = event(enable_timing=True), event(enable_timing=True)
        begin.record()
        call()
        end.record()
        events.append((begin, end))
    torch.cuda.synchronize(device)
    return [float(begin.elapsed_time(end)) for begin, end in events]


def _by_the_host(
    call: Callable[[], Any], runs: int, prepare: Callable[[int], None], device: torch.device
) -> list[float]:
    times = []
    for number in range(runs):
        prepare(number)
        torch.cuda.synchronize(device)
        started = time.perf_counter()
        call()
        torch.cuda.synchronize(device)
        times.append((time.perf_counter() - started) * 1e3)
    return times


def _goes_on(call: Callable[[], Any], cache: torch.Tensor, device: torch.device, in_a_row: int) -> bool:
    """Whether the device is busy when the current stream is done. The calls wait behind a piece of work, so that all of
    theirs begins together, when the host has long issued it; beside them, calls that keep to their stream."""

    def waited(work: Callable[[], Any]) -> float:
        for _ in range(in_a_row):
            cache.zero_()
        for _ in range(in_a_row):
            work()
        torch.cuda.current_stream(device).synchronize()
        return _synchronize(device)

    trials = [(waited(call), waited(cache.zero_)) for _ in range(_TRIALS)]
    theirs, plain = (statistics.median(times) for times in zip(*trials, strict=True))
    return bool(theirs - plain > _NOISE_S)


def _synchronize(device: torch.device) -> float:
    started = time.perf_counter()
    torch.cuda.synchronize(device)
    return time.perf_counter() - started
