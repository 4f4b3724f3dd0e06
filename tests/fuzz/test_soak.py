"""A slice of the long day (``soak.py``)."""

from __future__ import annotations

from soak import soak


def test_a_few_cycles_leave_nothing() -> None:
    assert soak(8, seed=3) == []
