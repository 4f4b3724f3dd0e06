"""Cases of a module whose call changes its state: the calls after it, in which a counter has counted.

A ring buffer wraps after as many calls as it has places, a warm-up ends after some steps. So the module is called on by
itself, and the case begins where it has come to; counters are put far beyond, where the module takes that; and just
before the largest number that the module compares them with.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

import torch

from kernelagent.contract.problem import Problem
from kernelagent.contract.tensor_paths import keyed
from kernelagent.worker.judge import beside_run, case_plan, reference_run
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.judge.models import Models
from kernelagent.worker.judge.ties import Heard
from kernelagent.worker.problem import Specimen, make_inputs
from kernelagent.worker.problem.carried import same_bits
from kernelagent.worker.problem.deep_copy import deep_copy

MANY = 24
"""Calls, if they take no longer than this."""
CALLING_S = 2.0
MOST, NUMBERS = 1 << 20, 2
"""The largest number that a counter is put at, and how many there are."""

FAR = (1 << 24) + 1
"""The first whole number that a float32 does not hold."""

State = dict[str, torch.Tensor]
Prepared = tuple[CasePlan, Specimen, reference_run.ReferenceRun]


def later_calls(
    problem: Problem,
    models: Models,
    first: Prepared,
    prepare: Callable[[CasePlan], tuple[Specimen, reference_run.ReferenceRun] | str],
) -> list[Prepared]:
    """A second call; and where a counter matters, one after many calls, and one at a number of the module's own."""
    case, specimen, result = first
    if not result.state:
        return []
    states: list[tuple[str, int, Callable[[], State]]] = [
        ("a second call", case_plan.AFTER_A_CALL, lambda: result.state)
    ]
    counters = [k for k, v in result.state.items() if not v.is_floating_point() and v.dtype != torch.bool]
    wide = [name for name in counters if result.state[name].dtype in (torch.int64, torch.int32)]
    if wide:
        far = functools.partial(_counters_at, models[0], wide, FAR)
        states.append((f"counters at {FAR}", case_plan.COUNTED_FAR, lambda: {**result.state, **far()}))
    if counters and _matter(models[0], specimen, counters):
        states.append(("a call after many", case_plan.AFTER_MANY, lambda: _after_many(problem, models[0], case)))
        for place, number in enumerate(_numbers(models[0], specimen)):
            at = functools.partial(_counters_at, models[0], counters, number - 1)
            states.append((f"counters at {number - 1}", case_plan.AT_A_NUMBER + 2 * place, at))
            if (after := _the_call_after(models[0], specimen, at(), number)) is not None:
                states.append(
                    (f"counters at {number}", case_plan.AT_A_NUMBER + 2 * place + 1, functools.partial(dict, after))
                )
    found: list[Prepared] = []
    for name, weights, state in states:
        models.keep(weights, state())
        planned = case_plan.further_call(case, name, weights)
        prepared = prepare(planned)
        if not isinstance(prepared, str):
            found.append((planned, *prepared))
    return found


def _matter(model: torch.nn.Module, specimen: Specimen, counters: list[str]) -> bool:
    """Whether anything but the counters themselves comes out otherwise when they have counted on."""
    one, other = (_flat_but(counters, reference_run.run(m, specimen)) for m in (model, _counted_on(model, counters)))
    return one.keys() != other.keys() or any(not same_bits(t, other[path]) for path, t in one.items())


def _flat_but(counters: list[str], result: reference_run.ReferenceRun) -> dict[str, Any]:
    left_out = {keyed("state", name) for name in counters}
    return {path: t for path, t in beside_run.flat(result).items() if path not in left_out}


def _counted_on(model: torch.nn.Module, counters: list[str]) -> torch.nn.Module:
    state = model.state_dict()
    return _with_state(model, {name: state[name] + 1 for name in counters})


def _after_many(problem: Problem, model: torch.nn.Module, case: CasePlan) -> State:
    """What as many calls leave as there is time for, on other inputs each."""
    module, started = model, time.monotonic()
    state: State = {}
    for number in range(MANY):
        if time.monotonic() - started > CALLING_S:
            break
        state |= reference_run.run(module, make_inputs(problem, case.sizes, 100 + number)).state
        module = _with_state(model, state)
    return state


def _numbers(model: torch.nn.Module, specimen: Specimen) -> list[int]:
    """The largest of those that integers are compared to or computed with."""
    with Heard() as heard:
        reference_run.run(model, specimen)
    return sorted((n for n in heard.counts if 1 < n <= MOST), reverse=True)[:NUMBERS]


def _counters_at(model: torch.nn.Module, counters: list[str], number: int) -> State:
    state = model.state_dict()
    return {name: torch.full_like(state[name], number) for name in counters}


def _the_call_after(model: torch.nn.Module, specimen: Specimen, state: State, number: int) -> State | None:
    """What a call leaves that begins with ``state``, if a counter then stands at ``number``: one that wraps is not."""
    try:
        left = reference_run.run(_with_state(model, state), specimen).state
    except Exception:  # noqa: BLE001  past its end the module may raise anything
        return None
    counted = [left[name] for name in state if name in left]
    return {**state, **left} if any(bool((t == number).any()) for t in counted) else None


def _with_state(model: torch.nn.Module, state: State) -> torch.nn.Module:
    """A copy of ``model`` in which some entries of the ``state_dict`` are these."""
    module = deep_copy(model)
    module.load_state_dict({**module.state_dict(), **state})
    return module
