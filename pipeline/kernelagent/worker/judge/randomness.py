"""The candidate's calls that differ in their seed only, against the module's own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import torch

from kernelagent.worker.judge import tensorfile
from kernelagent.worker.judge.drawn_lags import Repeat
from kernelagent.worker.judge.drawn_samples import CALLS, LIMIT, Difference, between, differences, repeats
from kernelagent.worker.problem.carried import same_bits
from kernelagent.worker.problem.tensors import tensors_in

MOST_OUTPUTS = 6
"""Of which each is compared with each other."""
AS_IF, BY_CHANCE = 4, 1e-6
"""Calls that give the same, as if so many pairs more of the module's had; how unlikely they may be."""
MOST_TIMES = 64
"""Bytes that a result of the candidate's may take for one of the module's: slices of padded buffers bring more along
than they show."""


def compare(expected_dir: Path, outputs_dir: Path, draws: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """``{name, passed, detail}`` for each thing that was asked. ``draws``: ``{number, name}`` of each set of inputs on
    which the kernel drew again and again."""
    found: list[dict[str, Any]] = []
    for draw in draws:
        at = f" at {draw['name']}" if draw["name"] else ""
        found += _compare(expected_dir, outputs_dir, int(draw["number"]), at)
    return found


def _compare(expected_dir: Path, outputs_dir: Path, number: int, at: str) -> list[dict[str, Any]]:
    name = tensorfile.drawn_name(number)
    reference = [dict(tensors_in(call)) for call in tensorfile.read(expected_dir / name)]
    sensible = sum(t.numel() * t.element_size() for t in reference[0].values())
    try:
        calls = [
            dict(tensors_in(tensorfile.read(outputs_dir / f"{name}_{n}", most_bytes=MOST_TIMES * sensible)))
            for n in range(CALLS + (number == 0))
        ]
    except (tensorfile.BadTensorFile, OSError) as exc:
        return [_finding(f"drawn again and again{at}", False, f"results cannot be read: {exc}")]
    shapes = {path: (t.shape, t.dtype) for path, t in reference[0].items()}
    if any({path: (t.shape, t.dtype) for path, t in call.items()} != shapes for call in calls):
        return [_finding(f"drawn again and again{at}", False, "outputs change their shape or dtype from call to call")]
    drawn = calls[:CALLS]
    found = [_repeated(drawn, calls[CALLS])] if number == 0 else []
    found += [_new_each_time(drawn, reference, at)]
    for path, first in reference[0].items():
        if first.is_floating_point():
            one, other = [call[path] for call in reference], [call[path] for call in drawn]
            found += [_independent(path, at, repeat) for repeat in repeats(one, other)]
            apart = differences(one, other)
            found += [_distribution(path, at, apart, len(reference))] if apart else []
    random = [path for path, first in reference[0].items() if first.is_floating_point()][:MOST_OUTPUTS]
    for pair in combinations(random, 2):
        module, kernel = ([[call[path] for call in calls] for path in pair] for calls in (reference, drawn))
        apart = between(module, kernel)
        found += [_distribution(" beside ".join(pair), at, apart, len(reference))] if apart else []
    return _joined(found, at)


def _joined(found: list[dict[str, Any]], at: str) -> list[dict[str, Any]]:
    """Of several findings of one name the first that failed, or else the first. Of further inputs on which all is well
    the last one stands for all."""
    if at and all(finding["passed"] for finding in found):
        return found[-1:]
    by_name: dict[str, dict[str, Any]] = {}
    for finding in found:
        known = by_name.setdefault(finding["name"], finding)
        if known["passed"] and not finding["passed"]:
            by_name[finding["name"]] = finding
    return list(by_name.values())


def _finding(name: str, passed: bool, detail: str) -> dict[str, Any]:
    return {"name": name, "passed": passed, "detail": detail}


def _same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(same_bits(one[path], other[path]) for path in one)


def _repeated(drawn: list[dict[str, torch.Tensor]], again: dict[str, torch.Tensor]) -> dict[str, Any]:
    passed = _same(drawn[0], again)
    detail = "torch.manual_seed makes it reproducible" if passed else "the same torch.manual_seed gives another result"
    return _finding("seeded", passed, detail)


def _new_each_time(
    drawn: list[dict[str, torch.Tensor]], reference: list[dict[str, torch.Tensor]], at: str
) -> dict[str, Any]:
    name = f"drawn anew{at}"
    own = sum(_same(one, other) for one, other in pairwise(reference))
    if own == len(reference) - 1:
        return _finding(name, True, "the module itself gives the same for these inputs")
    equal, pairs = sum(_same(one, other) for one, other in pairwise(drawn)), len(drawn) - 1
    likely = (own + AS_IF) / (len(reference) - 1 + AS_IF)
    if math.comb(pairs, equal) * likely**equal >= BY_CHANCE:
        return _finding(name, True, "every call draws anew" if not equal else "as often as the module")
    told = f"{equal} of {pairs} pairs of calls with different seeds give the same"
    return _finding(name, False, f"{told}, where {own} of {len(reference) - 1} of the module's do")


def _distribution(path: str, at: str, apart: list[Difference], calls: int) -> dict[str, Any]:
    worst = max(apart, key=lambda d: abs(d.errors))
    name = f"distribution of {path or 'the output'}{at}"
    if worst.passed:
        detail = (
            f"{len(apart)} figures of {CALLS} calls agree with {calls} of the module's to {LIMIT:g} standard errors"
        )
        return _finding(name, True, f"{detail}; {worst.name} is the furthest apart, by {abs(worst.errors):.1f}")
    told = f"{worst.name}: {worst.got:.4g}, where the module's own is {worst.want:.4g}"
    return _finding(name, False, f"{told} ({abs(worst.errors):.0f} standard errors apart)")


def _independent(path: str, at: str, repeat: Repeat) -> dict[str, Any]:
    name = f"independence within {path or 'the output'}{at}"
    if repeat.passed:
        detail = f"elements of none of {repeat.distances:,} distances in memory share more than the module's own do"
        return _finding(name, True, detail)
    got, want = (min(max(share, 0.0), 1.0) for share in (repeat.got, repeat.want))
    told = f"elements {repeat.distance:,} apart in memory share {got:.0%} of what they draw"
    return _finding(name, False, f"{told}, where the module's own share {want:.0%}")
