"""How many queries and keys an attention kernel takes at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernelagent.worker.synth.emit.reduction_kernel import fitted
from kernelagent.worker.synth.index import at_sizes
from kernelagent.worker.synth.machine import Machine

_HALF = {64: (128, 64, 4, 3), 128: (128, 64, 8, 2), 256: (64, 64, 8, 2)}
_HALF_AMD = {64: (128, 64, 4, 1), 128: (64, 32, 4, 1), 256: (32, 32, 4, 1)}
_DOUBLE = {64: (16, 16, 8, 1)}
_TILES: dict[tuple[str, str], dict[int, tuple[int, int, int, int]]] = {
    ("float32", "wgmma"): {32: (128, 64, 8, 2), 64: (128, 32, 8, 2), 128: (128, 32, 8, 2)},
    ("float32", "mma"): {32: (64, 32, 4, 2), 64: (64, 32, 8, 2), 128: (32, 32, 4, 2)},
    ("float32", "amd"): {32: (64, 32, 4, 1), 64: (64, 32, 4, 1), 128: (32, 32, 4, 1)},
}
"""By dtype and family of GPUs: head dimension up to → ``(BLOCK_M, BLOCK_N, num_warps, num_stages)``. The largest that
the compiler was seen to hold in registers (``tests/bench/resources.py``, templates ``attention``): where operands are
read from shared memory a tile is twice as large as where they are held in registers."""
WIDEST = {"float16": 512, "bfloat16": 512, "float32": 512, "float64": 256}
"""A head dimension that is free may be up to so large: beyond, no tile fits into shared memory."""


@dataclass(frozen=True)
class AttentionTiles:
    queries: int
    keys: int
    features: Any
    """Size of the head dimension of queries and keys."""
    values: Any
    """Of values."""
    area: int
    """Queries times padded head dimension, at most."""
    widest: int
    arch: str
    warps: int
    stages: int

    def constants(self, names: tuple[str, str, str, str], queries: Any, keys: Any) -> list[tuple[str, str]]:
        """``constexpr`` parameters and what the wrapper passes; blocks shrink where a free head dimension turns out to
        be large."""
        block_m, block_n, block_d, block_v = names
        free = not (self.features.is_Integer and self.values.is_Integer)
        found = [(block_d, fitted(self.features, self.widest, 16))]
        if block_v != block_d:
            found.append((block_v, fitted(self.values, self.widest, 16)))
        wide = block_d.lower() if block_v == block_d else f"max({block_d.lower()}, {block_v.lower()})"
        for name, size, limit in ((block_m, queries, self.queries), (block_n, keys, self.keys)):
            text = fitted(size, limit, 16)
            if free:
                area = self.area * limit // self.queries
                text = f"max(min({text}, {area} // {wide}), 16)"
            found.append((name, text))
        return found

    def reason(self) -> str:
        """For the kernel's comment."""
        return f"for {self.arch}: {self.queries} queries by {self.keys} keys, as many as {self.warps} warps hold"

    def limits(self) -> tuple[tuple[Any, int], ...]:
        """Sizes that may not be larger."""
        return tuple((s, self.widest) for s in dict.fromkeys((self.features, self.values)) if not s.is_Integer)


def attention_tiles(
    dtype: str, features: Any, values: Any, hints: Mapping[Any, int], machine: Machine
) -> AttentionTiles:
    widest = max(at_sizes(features, hints), at_sizes(values, hints))
    half = dtype in ("float16", "bfloat16")
    halves = _HALF_AMD if machine.family == "amd" else _HALF
    table = halves if half else _DOUBLE if dtype == "float64" else _TILES[dtype, machine.family]
    reach = min(limit for limit in table if limit >= widest)
    queries, keys, warps, stages = table[reach]
    return AttentionTiles(queries, keys, features, values, queries * reach, WIDEST[dtype], machine.arch, warps, stages)
