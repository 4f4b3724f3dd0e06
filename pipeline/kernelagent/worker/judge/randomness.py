"""The candidate's calls that differ in their seed only, against the module's own."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import torch

from kernelagent.worker.judge import tensorfile
from kernelagent.worker.judge.drawn_samples import CALLS, LIMIT, Difference, between, differences
from kernelagent.worker.judge.reference_run import same_bits

MOST_OUTPUTS = 6
"""Of which each is compared with each other."""


def compare(expected_dir: Path, outputs_dir: Path) -> list[dict[str, Any]]:
    """``{name, passed, detail}`` for each thing that was asked."""
    reference = [dict(tensorfile.tensors_in(call)) for call in tensorfile.read(expected_dir / "drawn")]
    try:
        calls = [dict(tensorfile.tensors_in(tensorfile.read(outputs_dir / f"drawn{n}"))) for n in range(CALLS + 1)]
    except (tensorfile.BadTensorFile, OSError) as exc:
        return [_finding("drawn again and again", False, f"the kernel did not run {CALLS + 1} times in a row: {exc}")]
    shapes = {path: t.shape for path, t in reference[0].items()}
    if any({path: t.shape for path, t in call.items()} != shapes for call in calls):
        return [_finding("drawn again and again", False, "outputs change their shape from call to call")]
    *drawn, again = calls
    found = [_repeated(drawn, again), _new_each_time(drawn, reference)]
    for path, first in reference[0].items():
        if first.is_floating_point():
            apart = differences([call[path] for call in reference], [call[path] for call in drawn])
            found += [_distribution(path, apart, len(reference))] if apart else []
    random = [path for path, first in reference[0].items() if first.is_floating_point()][:MOST_OUTPUTS]
    for pair in combinations(random, 2):
        module, kernel = ([[call[path] for call in calls] for path in pair] for calls in (reference, drawn))
        apart = between(module, kernel)
        found += [_distribution(" beside ".join(pair), apart, len(reference))] if apart else []
    return found


def _finding(name: str, passed: bool, detail: str) -> dict[str, Any]:
    return {"name": name, "passed": passed, "detail": detail}


def _same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(same_bits(one[path], other[path]) for path in one)


def _repeated(drawn: list[dict[str, torch.Tensor]], again: dict[str, torch.Tensor]) -> dict[str, Any]:
    passed = _same(drawn[0], again)
    detail = "torch.manual_seed makes it reproducible" if passed else "the same torch.manual_seed gives another result"
    return _finding("seeded", passed, detail)


def _new_each_time(drawn: list[dict[str, torch.Tensor]], reference: list[dict[str, torch.Tensor]]) -> dict[str, Any]:
    if _same(reference[0], reference[1]):
        return _finding("drawn anew", True, "the module itself gives the same for these inputs")
    passed = not any(_same(one, other) for one, other in pairwise(drawn))
    detail = "every call draws anew" if passed else "two calls with different seeds give the same"
    return _finding("drawn anew", passed, detail)


def _distribution(path: str, apart: list[Difference], calls: int) -> dict[str, Any]:
    worst = max(apart, key=lambda d: abs(d.errors))
    name = f"distribution of {path or 'the output'}"
    if worst.passed:
        detail = (
            f"{len(apart)} figures of {CALLS} calls agree with {calls} of the module's to {LIMIT:g} standard errors"
        )
        return _finding(name, True, f"{detail}; {worst.name} is the furthest apart, by {abs(worst.errors):.1f}")
    told = f"{worst.name}: {worst.got:.4g}, where the module's own is {worst.want:.4g}"
    return _finding(name, False, f"{told} ({abs(worst.errors):.0f} standard errors apart)")
