"""Grids whose second or third axis grows with the inputs are named, and those that only a tuner changes are not."""

from __future__ import annotations

import pytest
from kernelagent.worker.judge.launch_record import LaunchRecord

SEEN: dict[str, tuple[str, list[tuple[int, int]], bool]] = {
    "the same block, more programs": ("", [(16, 2), (16, 5)], True),
    "always as many": ("", [(16, 2), (16, 2)], False),
    "none where nothing is there": ("", [(16, 0), (16, 2)], False),
    "another block of a tuner's": ("BLOCK=16", [(16, 4), (32, 2)], False),
    "a tuner's block, more programs": ("BLOCK=16", [(16, 4), (32, 2), (16, 8)], True),
    "a block that the wrapper chooses": ("", [(16, 4), (32, 2)], True),
}


@pytest.mark.parametrize("name", SEEN)
def test_what_changes_a_grid(name: str) -> None:
    chosen, launches, grows = SEEN[name]
    record = LaunchRecord()
    for block, programs in launches:
        record.begin()
        if chosen:
            record.chosen["kernel"] = chosen
        record.note_grid("kernel", (1, programs), {"BLOCK": block})
    assert bool(record.growing) == grows
