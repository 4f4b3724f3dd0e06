"""False promises about pointers and constant numbers: harmful where an access takes several elements at a time."""

from __future__ import annotations

import numpy as np
import pytest
from kernelagent.worker.judge.interpreter_pointers import PromisedPointers

ROW = (3 << 48) | 0x10_0008
"""A pointer of the third tensor, to 8 bytes past a multiple of 16."""


def row(start: int, step: int = 4, count: int = 8) -> np.ndarray:
    return np.arange(count, dtype=np.uint64) * np.uint64(step) + np.uint64(start)


@pytest.mark.parametrize(
    ("start", "step", "itemsize", "harmful"),
    [
        (ROW, 4, 4, True),
        (ROW + 64, 4, 4, True),
        (ROW + 4, 4, 4, False),  # one that nothing was said of
        (ROW, 8, 4, False),  # single elements
        (ROW + (1 << 48), 4, 4, False),  # another tensor
    ],
)
def test_a_pointer_that_is_not_aligned(start: int, step: int, itemsize: int, harmful: bool) -> None:
    promised = PromisedPointers()
    promised.note_pointers(np.array([ROW], dtype=np.uint64), 16)
    assert bool(promised.harm(row(start, step), np.ones(8, bool), itemsize)) is harmful


def test_an_aligned_pointer_is_no_false_promise() -> None:
    promised = PromisedPointers()
    promised.note_pointers(np.array([ROW + 8], dtype=np.uint64), 16)
    promised.note_pointers(np.array([ROW], dtype=np.uint64), 8)
    assert not promised.starts


def test_the_beginning_of_each_run_of_a_block_is_meant() -> None:
    promised = PromisedPointers()
    promised.note_pointers(row(ROW + 8), 16)
    assert not promised.starts
    promised.note_pointers(row(ROW), 16)
    assert promised.starts == {3: {0x10_0008}}


@pytest.mark.parametrize(("used", "harmful"), [(4, False), (6, True), (8, False)])
def test_a_mask_that_changes_inside_a_group_of_what_is_said_to_be_constant(used: int, harmful: bool) -> None:
    promised = PromisedPointers(constant=[(4,)])
    assert bool(promised.harm(row(ROW), np.arange(8) < used, 4)) is harmful
