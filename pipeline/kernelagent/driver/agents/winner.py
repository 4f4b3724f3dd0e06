"""Who won a race, written down: when it is run again from recorded replies all of them are there at once, and whoever
reads first would win."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path

from kernelagent.contract.codec import read_json, write_json
from kernelagent.driver.run_directory import WINNER

_PLACE = re.compile(r"worker_(\d+)/attempt_(\d+)/(?:sample_(\d+)/)?kernel\.py")


@dataclass(frozen=True)
class Winner:
    """``winner.json``; all count from 1."""

    worker: int
    attempt: int
    sample: int = 1


def place_of(kernel: Path, race: Path) -> Winner | None:
    """Whose ``kernel`` is, of the race in the folder ``race``; ``None``: of none of its workers."""
    with contextlib.suppress(ValueError):
        found = _PLACE.fullmatch(kernel.relative_to(race).as_posix())
        return Winner(int(found[1]), int(found[2]), int(found[3] or 1)) if found is not None else None
    return None


def note_winner(race: Path, winner: Winner | None) -> None:
    if winner is not None:
        write_json(race / WINNER, winner)


def recorded_winner(race: Path, workers: int) -> Winner | None:
    """The winner of the race when it was run before, if it is one of so many ``workers``."""
    try:
        found = read_json(race / WINNER, Winner)
    except (OSError, ValueError):
        return None
    return found if 1 <= found.worker <= workers and min(found.attempt, found.sample) >= 1 else None
