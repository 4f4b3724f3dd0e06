"""Two batches compared: what fails that was verified, what is verified that failed, and what has become slower."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from kernelagent.contract.batch import BatchComparison, BatchEntry, BatchSummary, Change, Turned
from kernelagent.contract.codec import from_json, parse_json
from kernelagent.driver.batch.journal import NAME, read_entries
from kernelagent.errors import BadOption

NOISE_S = 1.0
"""Seconds by which a problem's time must differ besides: start-up and other programs make as much."""


def read_batch(path: Path) -> tuple[BatchEntry, ...]:
    """The answers in a batch's folder, or in what ``--json`` or ``--report FILE.json`` wrote. Nothing is made of them
    but words, so it does not matter who wrote them. Raises ``BadOption``."""
    file = path / NAME if path.is_dir() else path
    try:
        data = file.read_bytes()
        if path.is_dir():
            entries = tuple(read_entries(data, whoever_wrote_it=True).values())
        else:
            entries = from_json(BatchSummary, parse_json(data)).entries
    except OSError as exc:
        raise BadOption(f"{file} cannot be read: {exc.strerror or exc}.", hint=_HINT) from exc
    except ValueError as exc:
        raise BadOption(f"{path} is no summary of a batch: {exc}.", hint=_HINT) from exc
    if not entries:
        raise BadOption(f"{path} holds no answers of a batch.", hint=_HINT)
    return entries


def compare(old: Iterable[BatchEntry], new: Iterable[BatchEntry], slower: float) -> BatchComparison:
    """``slower``: the factor from which on a time is another one (1.2)."""
    before, after = _by_name(old), _by_name(new)
    both = [name for name in before if name in after]
    failing = [n for n in both if before[n].status == "verified" and after[n].status == "failed"]
    good = [n for n in both if before[n].status != "verified" and after[n].status == "verified"]
    still = [n for n in both if before[n].status == after[n].status == "verified"]
    times = [Change(n, "time", before[n].elapsed_s, after[n].elapsed_s, "s") for n in still]
    kernels: list[Change] = []
    speedups: list[Change] = []
    for name in still:
        then, now = before[name].speed, after[name].speed
        if then is not None and now is not None and then.device == now.device:
            kernels.append(Change(name, "kernel", then.kernel_ms, now.kernel_ms, "ms"))
            speedups.append(Change(name, "speed-up", then.over_eager, now.over_eager, "x eager"))
    return BatchComparison(
        newly_failing=tuple(Turned(n, before[n].status, after[n].status, after[n].reason) for n in failing),
        newly_verified=tuple(Turned(n, before[n].status, after[n].status, before[n].reason) for n in good),
        slower=tuple(c for c in (*times, *kernels) if _is_more(c.old, c.new, slower, c.unit))
        + tuple(c for c in speedups if c.new * slower < c.old),
        faster=tuple(c for c in (*times, *kernels) if _is_more(c.new, c.old, slower, c.unit))
        + tuple(c for c in speedups if c.old * slower < c.new),
        only_old=tuple(name for name in before if name not in after),
        only_new=tuple(name for name in after if name not in before),
        in_both=len(both),
    )


def _is_more(old: float, new: float, factor: float, unit: str) -> bool:
    return new > old * factor and (unit != "s" or new - old > NOISE_S)


def _by_name(entries: Iterable[BatchEntry]) -> dict[str, BatchEntry]:
    """By target; without the folders that all have in common, so that batches of two checkouts can be compared."""
    listed = list(entries)
    files = [entry.target.rpartition("::")[0] or entry.target for entry in listed]
    if len(set(files)) < 2 or not all(os.path.isabs(file) for file in files):
        return {entry.target: entry for entry in listed}
    above = os.path.commonpath([os.path.dirname(file) for file in files])
    return {os.path.relpath(entry.target, above): entry for entry in listed}


_HINT = "Name a batch's folder (.fuse/batch), or a file that `kernelagent batch --json` wrote."
