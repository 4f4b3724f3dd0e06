"""Philox in one go: Triton's interpreter takes some hundred steps for each block of random numbers, NumPy a few dozen.

Philox 4x32 with its constants is that of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC11), of which
``tl.rand`` and its kin are made. Counters of 64 bits are left to Triton's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime import interpreter

_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL = 0x9E3779B9, 0xBB67AE85
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


def philox(seed: Any, counters: Sequence[Any], rounds: int) -> tuple[Any, ...] | None:
    """Four blocks of the interpreter's; ``None`` where the arguments are not what ``tl.rand`` makes: blocks of 32 bits,
    and one integer."""
    key = _data(seed)
    first = counters[0]
    if key is None or key.size != 1 or key.dtype.kind not in "iu" or {_kind(c) for c in counters} != {_kind(first)}:
        return None
    if not isinstance(first, tl.tensor) or str(first.dtype) not in ("int32", "uint32"):
        return None
    blocks = [_data(counter).view(np.uint32) for counter in counters]
    kind = tl.block_type(tl.uint32, list(first.shape)) if first.type.is_block() else tl.uint32
    parts = philox_4x32(int(key.reshape(-1)[0]), blocks, rounds)
    return tuple(tl.tensor(interpreter.TensorHandle(part, tl.uint32), kind) for part in parts)


def philox_4x32(seed: int, counters: Sequence[Any], rounds: int) -> tuple[Any, ...]:
    """``counters``: four arrays of uint32. The seed's low half is the first key."""
    c0, c1, c2, c3 = (counter.astype(np.uint64) for counter in counters)
    k0, k1 = seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
    for _ in range(rounds):
        first, second = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0 = (second >> _HALF) ^ c1 ^ np.uint64(k0)
        c2 = (first >> _HALF) ^ c3 ^ np.uint64(k1)
        c1, c3 = second & _LOW, first & _LOW
        k0, k1 = (k0 + _WEYL[0]) & 0xFFFFFFFF, (k1 + _WEYL[1]) & 0xFFFFFFFF
    return tuple(part.astype(np.uint32) for part in (c0, c1, c2, c3))


def _kind(counter: Any) -> tuple[str, ...]:
    return (str(getattr(counter, "dtype", "")), str(getattr(counter, "shape", "")))


def _data(value: Any) -> Any:
    """``None`` where it is no number or block."""
    value = getattr(value, "value", value)
    if type(value) is int:
        return np.array([value & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64)
    return getattr(getattr(value, "handle", None), "data", None)
