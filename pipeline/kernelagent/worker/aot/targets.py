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


def architecture(arch: str) -> Architecture | None:
    """``sm_90`` or ``gfx942``; ``None`` for one that is not known."""
    if arch.startswith("sm_"):
        digits = arch[3:].rstrip("af")
        limit = _NVIDIA_SHARED.get(int(digits)) if digits.isdecimal() else None
        return None if limit is None else Architecture("cuda", int(digits), 32, limit * _KIB)
    if arch in _AMD:
        lanes, limit = _AMD[arch]
        return Architecture("hip", arch, lanes, limit * _KIB)
    return None


def gpu_target(arch: Architecture) -> Any:
    from triton.backends.compiler import GPUTarget

    return GPUTarget(arch.backend, arch.name, arch.warp_size)
