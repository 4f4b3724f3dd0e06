"""What a kernel may give where it reduces over nothing at all.

0 / 0 is NaN: a mean or a softmax over nothing is, computed as written, and so is attention without a key, for which
PyTorch has the convention zero. NaN for a finite number is let pass there and said. A number for NaN is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from kernelagent.worker.judge.compare_case import structure_mismatch
from kernelagent.worker.problem.named_tuples import like

NOTE = "is NaN where the module has a finite result for nothing at all"


def without_nan_over_nothing(given: Any, expected: Any) -> tuple[Any, tuple[str, ...]]:
    """``given`` with the expected numbers in place of such NaN, and what was let pass. Shapes may still differ."""
    if structure_mismatch(given, expected):
        return given, ()
    passed: list[str] = []

    def fill(got: Any, wanted: Any) -> Any:
        if not isinstance(got, torch.Tensor) or got.shape != wanted.shape or not got.is_floating_point():
            return got
        forgiven = got.isnan() & wanted.isfinite()
        if not bool(forgiven.any()):
            return got
        passed.append(NOTE)
        filled = got.clone()
        filled[forgiven] = wanted[forgiven].to(got.dtype)
        return filled

    return _paired(fill, given, expected), tuple(dict.fromkeys(passed))


def _paired(change: Callable[[Any, Any], Any], given: Any, expected: Any) -> Any:
    """``change`` of each leaf and the expected one. A tuple may have names where none are expected."""
    if isinstance(expected, dict):
        return {key: _paired(change, given[key], expected[key]) for key in expected}
    if isinstance(expected, (list, tuple)):
        items = [_paired(change, one, other) for one, other in zip(given, expected, strict=True)]
        return items if isinstance(expected, list) else like(given, items)
    return change(given, expected)
