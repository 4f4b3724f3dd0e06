"""The same problem with two of its sizes taken for one: for kernels that refuse all others by an exception.

What equals in the example may be one thing to whoever wrote the kernel (``assert k.shape == v.shape``) and two to
``torch.export``: two free sizes, or a free one and one that the module fixes (``math.sqrt(q.shape[-1])``).
Such a kernel is judged again on all that it takes, and its verdict says what it refuses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

from kernelagent.contract.problem import FreeSize, Problem, SizeComparison, TensorSpec
from kernelagent.contract.verdict import Verification
from kernelagent.driver.checks.sizes_apart import taken_for_one
from kernelagent.driver.evidence import Evidence
from kernelagent.driver.fixed_sizes import FixedSize

MOST = 3
"""Pairs of sizes that are taken for one, each after another judgement."""

Judged = tuple[Verification, Evidence]


def on_what_it_takes(
    judge: Callable[[Problem], Judged],
    problem: Problem,
    failed: Verification,
    evidence: Evidence,
    progress: Callable[[str], None],
) -> Verification:
    """The verdict on the sizes that the kernel does not refuse, where it does nothing worse than to refuse those that
    are equal in the example and no longer are; else ``failed``, which came of ``problem`` and ``evidence``."""
    result, refused = failed, list[str]()
    while _only_raises(result) and len(refused) < MOST:
        pair = taken_for_one(evidence)
        if pair is None:
            return failed
        one, other = pair
        refused.append(f"Inputs in which {one.where} is not {other.where}, as it is in the example: refused.")
        progress(f"Judging again: the kernel refuses inputs in which {one.where} is not {other.where}")
        problem = tied(problem, one, other)
        result, evidence = judge(problem)
    return replace(result, not_checked=(*refused, *result.not_checked)) if result.verdict == "pass" else failed


def _only_raises(result: Verification) -> bool:
    return {check.name for check in result.checks if not check.passed and not check.skipped} == {"runs"}


def tied(problem: Problem, one: FreeSize | FixedSize, other: FreeSize) -> Problem:
    """``problem`` without the size ``other``, which is ``one`` wherever it was."""
    name = re.compile(rf"\b{re.escape(other.symbol)}\b")
    instead = one.symbol if isinstance(one, FreeSize) else str(one.example)

    def written(text: str) -> str:
        return name.sub(instead, text)

    def spec(given: TensorSpec) -> TensorSpec:
        dims, strides = (tuple(map(written, expressions)) for expressions in (given.dims, given.strides))
        return replace(given, dims=dims, strides=strides)

    known = [(comparison, _at(comparison, one, other)) for comparison in problem.comparisons]
    kept = (
        replace(comparison, holds=written(comparison.holds), fails=written(comparison.fails), fails_at=fails_at)
        for comparison, fails_at in known
        if fails_at is not None
    )
    return replace(
        problem,
        inputs=tuple(map(spec, problem.inputs)),
        outputs=tuple(map(spec, problem.outputs)),
        state=tuple(map(spec, problem.state)),
        free_sizes=tuple(_both(f, other) if f == one else f for f in problem.free_sizes if f != other),
        comparisons=tuple(kept),
        work=written(problem.work),
    )


def _both(one: FreeSize, other: FreeSize) -> FreeSize:
    ends = [size.maximum for size in (one, other) if size.maximum is not None]
    return replace(
        one,
        minimum=max(one.minimum, other.minimum),
        maximum=min(ends, default=None),
        multiple_of=math.lcm(one.multiple_of, other.multiple_of),
    )


def _at(comparison: SizeComparison, one: FreeSize | FixedSize, other: FreeSize) -> dict[str, int] | None:
    """Where it fails with both the same; ``None`` where that is no longer known."""
    sizes = dict(comparison.fails_at)
    second = sizes.pop(other.symbol, None)
    if isinstance(one, FixedSize):
        return sizes if second in (None, one.example) else None
    first = sizes.pop(one.symbol, None)
    if first is not None and second is not None and first != second:
        return None
    size = first if first is not None else second
    return sizes if size is None else sizes | {one.symbol: size}
