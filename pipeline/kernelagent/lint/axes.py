"""Axes of values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kernelagent.lint.value import Kind, Value


def joint_rank(left: Value, right: Value) -> int | None:
    """Of what two values make together."""
    ranks = []
    for value in (left, right):
        if value.kind is Kind.UNKNOWN or (value.is_block and value.rank is None):
            return None
        ranks.append(value.rank or 0 if value.is_block else 0)
    return max(ranks, default=0)


def aligned(value: Value, rank: int | None) -> Value:
    """``value`` as one of ``rank`` axes: Triton adds axes in front."""
    if not value.is_block or rank is None or value.rank is None or value.rank == rank:
        return value
    return moved_axes(value, {axis: axis + rank - value.rank for axis in range(value.rank)}, rank)


def moved_axes(value: Value, moved: Mapping[int, int], rank: int) -> Value:
    return replace(
        value,
        rank=rank,
        varies=frozenset(moved[axis] for axis in value.varies if axis in moved),
        bounds=_axes_moved(value.bounds, moved),
        leaves=_axes_moved(value.leaves, moved),
        tails={moved[axis]: tail for axis, tail in value.tails.items() if axis in moved},
    )


def _axes_moved(axes_of: Mapping[int, frozenset[int]], moved: Mapping[int, int]) -> dict[int, frozenset[int]]:
    return {key: frozenset(moved[axis] for axis in axes if axis in moved) for key, axes in axes_of.items()}


def merged_axes(one: Mapping[int, frozenset[int]], other: Mapping[int, frozenset[int]]) -> dict[int, frozenset[int]]:
    """What is in both, along the axes of either."""
    return {key: one.get(key, frozenset()) | other.get(key, frozenset()) for key in one.keys() | other.keys()}
