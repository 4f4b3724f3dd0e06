"""What became of each attempt of a model in a run: the winner's story and the losers', from what they left on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kernelagent.contract.codec import read_json
from kernelagent.contract.verdict import Verification

LONGEST = 300


@dataclass(frozen=True)
class Attempt:
    place: str
    """``kernels_out/sg0_block/openai/worker_2/attempt_1``, in the run directory; another sample's has
    ``/sample_2`` behind it."""
    told: str
    """In a line."""
    accepted: bool


def stories(run_dir: Path) -> tuple[Attempt, ...]:
    """In the order in which the attempts were begun, worker by worker."""
    prompts = sorted(run_dir.glob("*/**/attempt_*/prompt.md"), key=lambda p: (str(p.parent.parent), _number(p.parent)))
    return tuple(_attempt(run_dir, folder) for prompt in prompts for folder in _samples(prompt.parent))


def _samples(attempt: Path) -> list[Path]:
    """Folders, of all answers to one prompt."""
    return [attempt, *sorted((reply.parent for reply in attempt.glob("sample_*/reply.md")), key=_number)]


def _attempt(run_dir: Path, folder: Path) -> Attempt:
    place = folder.relative_to(run_dir).as_posix()
    verdict = _verdict(folder)
    finding = folder / "finding.txt"
    if verdict is not None:
        failed = next(iter(verdict.failures), None)
        told = verdict.summary if failed is None else f"{failed.check.name}: {failed.check.detail}"
        return Attempt(place, _line(told), verdict.verdict == "pass")
    if finding.is_file():
        return Attempt(place, _line(finding.read_text(encoding="utf-8", errors="replace")), False)
    if not any((folder / name).is_file() for name in ("reply.json", "reply.md")):
        why = folder / "unanswered.txt"
        told = why.read_text(encoding="utf-8", errors="replace") if why.is_file() else "no answer: the run was ended"
        return Attempt(place, _line(told), False)
    return Attempt(place, "answered, and ended before it was judged", False)


def _verdict(folder: Path) -> Verification | None:
    try:
        return read_json(folder / "verdict.json", Verification)
    except (OSError, ValueError):
        return None


def _number(folder: Path) -> int:
    digits = folder.name.rpartition("_")[2]
    return int(digits) if digits.isdecimal() else 0


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST]


def in_lines(attempts: tuple[Attempt, ...]) -> Iterator[tuple[str, str, str]]:
    """Rows of a table: where, whether it was accepted, and what was said of it."""
    for attempt in attempts:
        yield attempt.place, "accepted" if attempt.accepted else "not accepted", attempt.told
