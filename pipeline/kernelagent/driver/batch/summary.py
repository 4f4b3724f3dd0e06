"""What is said of many answers together: by family, by cause, times, and speed-ups as fast_p."""

from __future__ import annotations

import math
import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence

from kernelagent.contract.batch import BatchEntry, BatchSummary, Cause, FamilyRow, FastP
from kernelagent.contract.result import Cost

THRESHOLDS = (0.0, 0.5, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0)
_WORDS = 8
"""Of a message, by which causes are told apart."""


def summarize(folder: str, problems: int, entries: Iterable[BatchEntry], spent: Cost | None = None) -> BatchSummary:
    """``problems``: how many were asked for; ``spent``: by this command."""
    listed = tuple(entries)
    by_family: dict[str, list[BatchEntry]] = defaultdict(list)
    for entry in listed:
        by_family[entry.family].append(entry)
    rows = tuple(
        FamilyRow(
            family,
            len(group),
            sum(entry.status == "verified" for entry in group),
            statistics.median(entry.elapsed_s for entry in group),
            max(entry.elapsed_s for entry in group),
        )
        for family, group in sorted(by_family.items(), key=lambda item: (-len(item[1]), item[0]))
    )
    seconds = sorted(entry.elapsed_s for entry in listed)
    return BatchSummary(
        folder,
        problems,
        sum(entry.status == "verified" for entry in listed),
        statistics.median(seconds) if seconds else 0.0,
        rows,
        p90_s=seconds[math.ceil(0.9 * len(seconds)) - 1] if seconds else 0.0,
        longest_s=seconds[-1] if seconds else 0.0,
        causes=causes(listed),
        fast_p=fast_p(listed, problems),
        cost=sum((entry.cost for entry in listed), Cost()),
        spent=spent or Cost(),
        entries=listed,
    )


def causes(entries: Sequence[BatchEntry]) -> tuple[Cause, ...]:
    """What is not verified, by the first words of why; names, numbers and paths in them do not tell causes apart."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        if entry.status != "verified":
            grouped[_cause(entry.reason)].append(entry.target)
    ordered = sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(Cause(reason, tuple(targets)) for reason, targets in ordered)


def fast_p(entries: Sequence[BatchEntry], problems: int) -> tuple[FastP, ...]:
    """The share of ``problems`` at each threshold; at 0 it is the share that is verified, timed or not."""
    good = [entry for entry in entries if entry.status == "verified"]
    speeds = [entry.speed for entry in good if entry.speed is not None]
    if not speeds:
        return ()
    over_compile = [speed.over_compile for speed in speeds if speed.over_compile is not None]
    found = [FastP(0.0, len(good) / problems, len(good) / problems)]
    for p in THRESHOLDS[1:]:
        eager = sum(speed.over_eager > p for speed in speeds)
        found.append(FastP(p, eager / problems, sum(ratio > p for ratio in over_compile) / problems))
    return tuple(found)


def _cause(reason: str) -> str:
    code, colon, message = reason.partition(": ")
    if not colon:
        return reason
    words = message.split()
    first = [("…" if re.search(r"[\d/\\()'\"]|\w\.\w|\w_\w|[a-z][A-Z]", word) else word) for word in words[:_WORDS]]
    told = re.sub(r"…( …)+", "…", " ".join(first))
    return f"{code}: {told}" + (" …" if len(words) > _WORDS and not told.endswith("…") else "")
