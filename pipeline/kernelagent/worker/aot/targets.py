"""The architectures that kernels are compiled for, and what a block may use on each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Architecture:
    backend: str
    name: str | int
    """What Triton calls it: 90 or ``gfx942``."""
    warp_size: int
    shared_limit: int
    """Bytes of shared memory that one block may use at most (opt-in maximum)."""
    processors: int = 132
    """Multiprocessors, or compute units, of its best known data-centre card; those of an H100 where there is none."""


_KIB = 1024
_NVIDIA_SHARED = {
    75: 64,
    80: 163,
    86: 99,
    87: 163,
    89: 99,
    90: 227,
    100: 227,
    101: 227,
    103: 227,
    110: 227,
    120: 99,
    121: 99,
}
"""KiB a block, NVIDIA's CUDA C++ Programming Guide, "Technical Specifications per Compute Capability"."""
_AMD = {
    "gfx908": (64, 64),
    "gfx90a": (64, 64),
    "gfx942": (64, 64),
    "gfx950": (64, 160),
    "gfx1100": (32, 64),
    "gfx1200": (32, 64),
}
"""Lanes of a wavefront, KiB of local data share a workgroup."""
_PROCESSORS: dict[str | int, int] = {
    **{75: 40, 80: 108, 86: 72, 89: 142, 90: 132, 100: 148, 120: 188},
    **{"gfx908": 120, "gfx90a": 104, "gfx942": 304, "gfx950": 256},
}
"""T4, A100, A10, L40S, H100, B200, RTX PRO 6000; MI100, MI210, MI300X, MI355X: from their makers' data sheets."""


def architecture(arch: str) -> Architecture | None:
    """``sm_90`` or ``gfx942``; ``None`` for one that is not known."""
    if arch.startswith("sm_"):
        digits = arch[3:].rstrip("af")
        limit = _NVIDIA_SHARED.get(int(digits)) if digits.isdecimal() else None
        return None if limit is None else _made("cuda", int(digits), 32, limit)
    if arch in _AMD:
        lanes, limit = _AMD[arch]
        return _made("hip", arch, lanes, limit)
    return None


def _made(backend: str, name: str | int, warp_size: int, shared_kib: int) -> Architecture:
    return Architecture(backend, name, warp_size, shared_kib * _KIB, _PROCESSORS.get(name, Architecture.processors))


def gpu_target(arch: Architecture) -> Any:
    from triton.backends.compiler import GPUTarget

    return GPUTarget(arch.backend, arch.name, arch.warp_size)
