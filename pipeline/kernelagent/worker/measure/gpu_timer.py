"""Times of a GPU call: CUDA events around each run, with the L2 cache overwritten before it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

_FLUSH_BYTES = 1 << 28
_WARM_S = 0.3
_MEASURE_S = 1.0
_MIN_RUNS, _MAX_RUNS = 20, 1000


@dataclass(frozen=True)
class Times:
    """Milliseconds."""

    median: float
    p10: float
    p90: float
    runs: int


def time_call(call: Callable[[], Any], device: torch.device) -> Times:
    """Time ``call`` as the GPU sees it: from the moment it could start to its last kernel's end."""
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
    event: Any = torch.cuda.Event  # untyped upstream
    events = []
    for _ in range(runs):
        cache.zero_()
        begin, end = event(enable_timing=True), event(enable_timing=True)
        begin.record()
        call()
        end.record()
        events.append((begin, end))
    torch.cuda.synchronize(device)
    times = sorted(begin.elapsed_time(end) for begin, end in events)
    return Times(times[len(times) // 2], times[len(times) // 10], times[len(times) * 9 // 10], len(times))
