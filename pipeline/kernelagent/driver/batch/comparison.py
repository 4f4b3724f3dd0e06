"""Two batches compared: what fails that was verified, what is verified that failed, and what has become slower."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Container, Iterable
from pathlib import Path

from kernelagent.contract.batch import BatchComparison, BatchEntry, BatchSummary, Change, Turned
from kernelagent.contract.codec import from_json, parse_json
from kernelagent.driver.batch.journal import NAME, read_entries
from kernelagent.errors import BadOption

_Two = tuple[dict[str, BatchEntry], dict[str, BatchEntry]]
"""An old batch and a new one, by the names of their problems."""
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
    before, after = _by_name(list(old), list(new))
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


def _by_name(old: list[BatchEntry], new: list[BatchEntry]) -> _Two:
    """By target: first those that are in both, then, of batches of two checkouts, by what follows the two folders that
    make the most of the rest the same, again and again; and in the end without the folders that all have in common."""
    left, right = {entry.target: entry for entry in old}, {entry.target: entry for entry in new}
    before = {target: left.pop(target) for target in list(left) if target in right}
    after = {target: right.pop(target) for target in before}
    folders: list[tuple[str, str]] = []
    while roots := Counter(pair for a in left for b in right if (pair := _above(a, b)) is not None):
        (one, two), _ = max(roots.items(), key=lambda item: (item[1], -len(item[0][0])))
        folders.append((one, two))
        ends = {_below(target, one): target for target in left if _is_below(target, one)}
        theirs = {_below(target, two): target for target in right if _is_below(target, two)}
        for end in ends.keys() & theirs.keys():
            name = end if end not in before else ends[end]
            before[name], after[name] = left.pop(ends[end]), right.pop(theirs[end])
    before |= {_named(target, [one for one, _ in folders], before): left[target] for target in left}
    after |= {_named(target, [two for _, two in folders], after): right[target] for target in right}
    return _shortened(before, after)


def _named(target: str, folders: list[str], taken: Container[str]) -> str:
    """``target`` as those beside it are named, where it lies below one of ``folders``."""
    names = [_below(target, folder) for folder in folders if _is_below(target, folder)]
    return next((name for name in names if name not in taken), target)


def _is_below(target: str, root: str) -> bool:
    return target.startswith(os.path.join(root, ""))


def _below(target: str, root: str) -> str:
    return target.removeprefix(os.path.join(root, ""))


def _above(a: str, b: str) -> tuple[str, str] | None:
    """The folders that precede the common end of two targets; ``None``: they end differently, or are no files."""
    if not (os.path.isabs(a) and os.path.isabs(b)) or os.path.basename(a) != os.path.basename(b):
        return None
    while os.path.basename(a) == os.path.basename(b) != "":
        a, b = os.path.dirname(a), os.path.dirname(b)
    return a, b


def _shortened(old: dict[str, BatchEntry], new: dict[str, BatchEntry]) -> _Two:
    """The same, without the folders that all targets of both lie in."""
    folders = {os.path.dirname(target.rpartition("::")[0] or target) for target in (*old, *new)}
    if len({os.path.isabs(folder) for folder in folders}) != 1 or not (above := os.path.commonpath(folders)):
        return old, new
    before, after = ({os.path.relpath(name, above): entry for name, entry in one.items()} for one in (old, new))
    return before, after


_HINT = "Name a batch's folder (.fuse/batch), or a file that `kernelagent batch --json` wrote."
