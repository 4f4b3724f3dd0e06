"""A slice of ``tests/agent_matrix.py``: every character, by every door; the script runs the whole."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from agent_matrix import BAD, GOOD, WAYS, Case, cases, play
from kernelagent.driver.workers import WorkerPool

CHARACTERS = len(GOOD) + len(BAD)
ALL = list(itertools.islice(cases(), CHARACTERS * len(WAYS)))
SLICE = [
    case
    for number, case in enumerate(ALL)
    for character, way in (divmod(number, len(WAYS)),)
    if way == (character % 3 if character >= len(GOOD) else 2 * (character % 2))
]
"""Every character by one of the ways. Kernels in pieces that a model writes take longest: the whole has them."""


def test_the_slice_has_every_character() -> None:
    assert {case.name for case in SLICE} == {*GOOD, *BAD}
    assert {case.way.name for case in SLICE} == {way.name for way in WAYS}


@pytest.mark.parametrize("case", SLICE, ids=lambda case: f"{case.name}-{case.way.name}-{case.door}-{case.workers}")
def test_a_character(case: Case, tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelagent.driver.providers.asking.FIRST_WAIT_S", 0.01)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LLM_RELAY_API_KEY"):
        monkeypatch.setenv(name, "")  # what a run sets is undone
    for name in ("OPENAI_BASE_URL", "LLM_RELAY_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.setenv(name, "")
    play(case, tmp_path, pool)
