"""What a GPU has room for and how fast it is: the figures by which tiles are chosen.

Rates are what plain Triton kernels were seen to reach, not what data sheets promise; only their proportions matter. How
many sums a thread can hold is read off the compiler: ``python -m tests.bench.resources`` prints registers and spills.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kernelagent.worker.aot.targets import architecture


@dataclass(frozen=True)
class Machine:
    arch: str
    family: str
    """``wgmma`` (operands from shared memory), ``mma`` (operands in registers), ``amd``"""
    processors: int
    lanes: int
    """Threads of a warp."""
    shared_bytes: int
    """What one program may use."""
    registers: int
    """Of a processor."""
    sums: Mapping[str, int]
    """Operand dtype → sums that a thread can hold before registers spill."""
    rates: Mapping[str, float]
    """Operand dtype → multiply-adds of one processor in a nanosecond; float32 in the most exact way that is fast."""
    bandwidth: float
    """Bytes that reach one processor from L2 in a nanosecond."""


_HALVES = ("float16", "bfloat16")


def _by_dtype(single: float, half: float) -> dict[str, float]:
    return {"float32": single, **dict.fromkeys(_HALVES, half)}


def machine_for(arches: Sequence[str]) -> Machine:
    """The one that leaves least room of those that a file is compiled for; an H100 where none is known."""
    found = [m for m in map(_machine, arches) if m is not None]
    return min(found, key=lambda m: (m.sums["float32"], m.shared_bytes), default=H100)


def _machine(arch: str) -> Machine | None:
    target = architecture(arch)
    if target is None:
        return None
    shared, lanes = target.shared_limit, target.warp_size
    if target.backend == "hip":
        sums = {k: int(v) for k, v in _by_dtype(32, 64).items()}
        registers = 4 * 512 * 64
        return Machine(arch, "amd", 304, lanes, shared, registers, sums, _by_dtype(130, 800), 56)
    registers = 65536
    number = int(re.sub(r"\D", "", arch))
    if 90 <= number < 120:
        sums = {k: int(v) for k, v in _by_dtype(64, 64).items()}
        return Machine(arch, "wgmma", 132, lanes, shared, registers, sums, _by_dtype(300, 2400), 80)
    sums = {k: int(v) for k, v in _by_dtype(32, 64).items()}
    return Machine(arch, "mma", 108, lanes, shared, registers, sums, _by_dtype(160, 1000), 42)


_found = _machine("sm_90")
assert _found is not None
H100: Machine = _found
