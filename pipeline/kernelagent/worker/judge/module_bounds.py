"""Bounds of the module itself that held nothing back in any case: a kernel that leaves them out looks right.

A capacity is ``(capacity - place).clamp(min=0)``, a temperature ``scale.exp().clamp(max=100)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

WRITTEN = {
    "clamp": ("clamp", "clip", "clamp_", "clip_"),
    "clamp_": ("clamp", "clip", "clamp_", "clip_"),
    "clamp_min": ("clamp", "clip", "clamp_min"),
    "clamp_max": ("clamp", "clip", "clamp_max"),
    "hardtanh": ("hardtanh", "relu6", "Hardtanh", "ReLU6"),
    "minimum": ("minimum", "min", "fmin"),
    "maximum": ("maximum", "max", "fmax"),
    "fmin": ("fmin",),
    "fmax": ("fmax",),
}
"""Of ATen → what a line of Python's calls it."""


def held(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Each of the bounds of this call, in words, and whether an element lies beyond it. Of two tensors each bounds the
    other."""
    value, rest = args[0], args[1:]
    if not isinstance(value, torch.Tensor) or not value.numel() or value.is_complex():
        return
    if name in ("minimum", "maximum", "fmin", "fmax"):
        other = rest[0] if rest else kwargs.get("other")
        if isinstance(other, torch.Tensor) and other.numel():
            yield "the second of", bool((value > other if "min" in name else value < other).any())
            yield "the first of", bool((value < other if "min" in name else value > other).any())
        return
    low, high = _bounds(name, rest, kwargs)
    if low is not None:
        yield "the lower bound of", bool((value < low).any())
    if high is not None:
        yield "the upper bound of", bool((value > high).any())


def _bounds(name: str, rest: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    first = rest[0] if rest else kwargs.get("min", kwargs.get("min_val"))
    second = rest[1] if len(rest) > 1 else kwargs.get("max", kwargs.get("max_val"))
    if name == "clamp_min":
        return first, None
    if name == "clamp_max":
        return None, rest[0] if rest else kwargs.get("max")
    if name == "hardtanh":
        return -1.0 if first is None else first, 1.0 if second is None else second
    return first, second
