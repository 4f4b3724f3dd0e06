"""A slice of the campaign of kill -9 (``killed.py``). That nothing outlives the server is a test that always runs."""

from __future__ import annotations

import random

import pytest
from killed import play


@pytest.mark.whole
@pytest.mark.parametrize("victim", ["server", "worker", "editor"])
def test_what_is_killed_leaves_nothing_and_loses_nothing(victim: str) -> None:
    chance = random.Random(f"slice of {victim}")
    for _ in range(3):
        assert play(chance, victim)[1] == []
