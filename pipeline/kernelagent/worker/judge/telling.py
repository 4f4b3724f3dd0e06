"""Inputs on which a module shows what it computes, where those of the example do not.

Some modules hardly react to their example's inputs: a sigmoid far out, a mean of many values, a maximum that is always
the same. Zeros or a constant would pass. Then other magnitudes and signs are tried, small and large, until every such
impostor fails; what still passes is said (``degenerate``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from kernelagent.worker.judge import degenerate, reference_run
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.judge.degenerate import Expected, Impostor
from kernelagent.worker.judge.reference_run import ReferenceRun
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.tensors import tensors_in

SCALES = (1.0, 10.0, 0.1, 100.0, 0.01, 1000.0)
SEARCH_S = 4.0
"""For the search: it is over when every impostor has failed, at the latest after this."""

SMALL = 1 << 18
"""Elements of an input that may be handed back: in larger cases it is not tried."""

Prepared = tuple[CasePlan, Specimen, ReferenceRun]
Prepare = Callable[[CasePlan], "tuple[Specimen, ReferenceRun] | str"]


def expected(case: CasePlan, specimen: Specimen, result: ReferenceRun, exact: object | None) -> Expected:
    outputs = [t for _, t in tensors_in(result.outputs)]
    inputs = [t for _, t in tensors_in((specimen.args, specimen.kwargs))]
    alike = tuple(
        i for i in inputs if i.numel() <= SMALL and any(i.shape == o.shape and i.dtype == o.dtype for o in outputs)
    )
    return Expected(case.seed, case.weights, result.outputs, exact, alike, case.values)


def more_cases(kept: list[Prepared], models: Sequence[torch.nn.Module], prepare: Prepare) -> list[Prepared]:
    """Cases to add to ``kept`` so that nothing passes that does nothing; none where that is so already."""
    if len(kept) < 2:
        return []
    deadline = time.monotonic() + SEARCH_S
    left = set(_surviving(kept, models, tuple(degenerate.SENTENCES)))
    hopeless = bool(degenerate.useless([expected(*entry, None) for entry in kept]))
    found: list[Prepared] = []
    if not left and not hopeless:
        return found
    small = kept[1][0]
    for scale in SCALES:
        for values in ("signed", "positive"):
            if time.monotonic() > deadline or not (left or hopeless):
                return found
            name = f"{values}, heavy-tailed values times {scale:g}"
            plans = [
                replace(small, name=name, seed=30 + n, values=values, scale=scale, otherwise=(), weights=weights)
                for n, weights in ((0, 0), (1, 0), *(((0, 1),) if len(models) > 1 else ()))
            ]
            rung = [(plan, *got) for plan in plans if not isinstance(got := prepare(plan), str)]
            if len(rung) < len(plans) or not all(reference_run.is_finite(entry[2].outputs) for entry in rung):
                continue
            telling = bool(hopeless) and not degenerate.useless([expected(*entry, None) for entry in rung])
            failing = left - set(_surviving(rung, models, tuple(left)))
            if failing or telling:
                found += rung
                left -= failing
                hopeless = hopeless and not telling
    return found


def _surviving(
    entries: list[Prepared], models: Sequence[torch.nn.Module], among: tuple[Impostor, ...]
) -> tuple[Impostor, ...]:
    """By the fixed tolerance alone; whoever passes that is held against float64 too."""
    rough = degenerate.survivors([expected(*entry, None) for entry in entries], among)
    if not rough:
        return ()
    exact = [_float64(models[case.weights], specimen) for case, specimen, _ in entries]
    known = [expected(*entry, truth) for entry, truth in zip(entries, exact, strict=True)]
    return degenerate.survivors(known, rough)


def _float64(model: torch.nn.Module, specimen: Specimen) -> object | None:
    try:
        outputs: object = reference_run.run_float64(model, specimen).outputs
    except Exception:  # noqa: BLE001  the module may raise anything in a dtype it was not made for
        return None
    return outputs
