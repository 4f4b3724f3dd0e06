"""The inputs of a case, with what has to be asked of the module to make them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch.utils._pytree import tree_flatten, tree_map

from kernelagent.worker.judge import (
    few_of_a_kind,
    given_scales,
    own_numbers,
    own_weights,
    reference_run,
    scaled_ties,
    ties,
)
from kernelagent.worker.judge.arguments import with_argument
from kernelagent.worker.judge.at_edges import AT_EDGES
from kernelagent.worker.judge.bursts import BURSTS, with_bursts
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.judge.case_values import vary
from kernelagent.worker.judge.ended_by import ended_by
from kernelagent.worker.judge.few_whole_numbers import FEW_WHOLE, with_few_whole_numbers
from kernelagent.worker.judge.infinite_runs import with_infinite_runs
from kernelagent.worker.judge.integer_magnitudes import MAGNITUDES, with_magnitudes
from kernelagent.worker.judge.integer_reach import has_room
from kernelagent.worker.judge.integer_steps import INTEGER_STEPS, with_integer_steps
from kernelagent.worker.judge.largest_numbers import up_to_the_largest
from kernelagent.worker.judge.layouts import as_it_lies
from kernelagent.worker.judge.left_out import LEFT_OUT, without
from kernelagent.worker.judge.lone_events import LONE_EVENTS, with_lone_events
from kernelagent.worker.judge.long_ways import LONG_WAYS, with_long_ways
from kernelagent.worker.judge.loud_and_quiet import LOUD_AND_QUIET, with_loud_and_quiet
from kernelagent.worker.judge.models import Models
from kernelagent.worker.judge.nan_ordered import asks_for_nan
from kernelagent.worker.judge.near_integers import NEAR_INTEGERS, moved
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.nowhere import refuse_places_nowhere
from kernelagent.worker.judge.opposites import OPPOSITES, with_opposites
from kernelagent.worker.judge.orderly_values import ORDERLY, orderly
from kernelagent.worker.judge.pivots import PIVOTS, with_rows_exchanged
from kernelagent.worker.judge.promised import WITHIN, Promise, kept
from kernelagent.worker.judge.rests_on_rounding import stepwise
from kernelagent.worker.judge.runs_of_values import RUNS, with_runs
from kernelagent.worker.judge.shares import SHARES, with_shares_moved
from kernelagent.worker.judge.signs_and_slopes import SIGNS_AND_SLOPES, with_signs_and_slopes
from kernelagent.worker.judge.specimen_values import (
    around_a_number,
    ends_of_the_range,
    near_each_other,
    shared,
    with_integers_that_step,
    with_steps,
)
from kernelagent.worker.judge.value_kinds import INFINITE_RUNS, INFINITE_SLICES, LONE_READINGS, NAN_SLICES
from kernelagent.worker.judge.whole_slices import with_whole_slices
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.tensors import tensors_in

ROWS_ALONG = (
    *(LOUD_AND_QUIET, SIGNS_AND_SLOPES, BURSTS, LONG_WAYS, PIVOTS, LONE_EVENTS, LONE_READINGS),
    *(FEW_WHOLE, *OPPOSITES),
)
_MOST_INDICES = 1 << 12
NOTHING_BUT = "nothing but an integer"
_SOLVED = ("halves of a given scale", "up to the largest number")
"""Kinds whose elements are chosen one by one for what the module makes of just these inputs."""


def specimen_of(models: Models, case: CasePlan) -> Specimen:
    """The inputs of ``case``. Raises whatever the module or its example raises, and ``NoCase`` where the case would
    ask nothing of it."""
    if case.values in ROWS_ALONG and case.values in models.rows_without_use:
        raise NoCase("it asks nothing along a dimension")
    if case.values == SHARES and not models.wholes:
        raise NoCase("no input is shares of a whole")
    is_at_edges = case.values == AT_EDGES
    made = models.at_edges.specimen(case.turn, case.sizes) if is_at_edges else models.inputs(case.sizes, case.seed)
    if case.arguments != "example":
        made = vary(made, case.arguments, case.seed, alone=case.alone)
    if case.values in _SOLVED:
        made = kept(made, models.promises, case.seed)
        if any(promise.is_of_floats for promise in models.promises):
            raise NoCase("what an input promises leaves no room for single elements")
    lain = case.layouts if case.crossed else ()
    if case.values == SHARES:
        varied = with_shares_moved(made, models.wholes, case.turn, case.seed)
    elif case.values == NEAR_INTEGERS:
        varied = _moved(models, case, made)
    elif case.values in (INTEGER_STEPS, *MAGNITUDES):
        varied = _of_large_integers(models, case, made)
    else:
        varied = _varied(made, models[case.weights], replace(case, layouts=()) if lain else case)
    specimen = kept(varied, _promises(models, case), case.seed)
    if lain:
        specimen = vary(specimen, "example", case.seed, lain)
    if not case.layouts:
        specimen = _as_it_lies(specimen, made)
    if case.values == LEFT_OUT:
        specimen = without(models[case.weights], specimen)
    if case.name == "example":  # the user's own is judged as it is
        return specimen
    if case.values == "integers at ties":
        specimen = _with_exceptions(models, case, specimen)
    if case.values == NOTHING_BUT:
        promised = {promise.name: promise.what for promise in models.promises}
        _refuse_what_ends(lambda: own_numbers.with_nothing_but(models[case.weights], specimen, promised, case.turn))
        specimen = own_numbers.with_nothing_but(models[case.weights], specimen, promised, case.turn)
    if models.leave_open:
        _refuse_what_ends(lambda: models.define(specimen, case.weights, case.seed))
        models.define(specimen, case.weights, case.seed)
    if _is_risky(specimen):
        _refuse_what_ends(lambda: _twice(models[case.weights], specimen))
    if is_empty(specimen):
        refuse_places_nowhere(models[case.weights], specimen)
    return specimen


def _moved(models: Models, case: CasePlan, made: Specimen) -> Specimen:
    promised = {promise.name for promise in models.promises} | {whole.name for whole in models.wholes}
    given = (models[case.weights], made, int(case.numbers[0]), promised)
    _refuse_what_ends(lambda: moved(*given))
    return moved(*given)


def _of_large_integers(models: Models, case: CasePlan, made: Specimen) -> Specimen:
    if "integer_reach" not in vars(models):
        _refuse_what_ends(lambda: models.integer_reach)
    model, reach = models[case.weights], models.integer_reach
    if case.values == INTEGER_STEPS:
        try:
            return with_integer_steps(model, made, reach, case.turn, case.seed)
        except NoCase as exc:
            models.no_steps = models.no_steps or str(exc)
            raise
    if not reach:
        raise NoCase("no integers may be so large")
    found = with_magnitudes(model, made, reach, case.values, case.seed)
    if not stepwise(reference_run.run(model, made)) and not has_room(model, found):
        raise NoCase("PyTorch's own result is not exact on it")
    return found


def _promises(models: Models, case: CasePlan) -> list[Promise]:
    """Of shares it is their sum that is kept, not what each of them stays within."""
    shares = {whole.name for whole in models.wholes} if case.values == SHARES else set()
    return [promise for promise in models.promises if promise.what != WITHIN or promise.name not in shares]


def _varied(made: Specimen, model: torch.nn.Module, case: CasePlan) -> Specimen:
    if case.values == "ties":
        values = ties.palette(model, made)
        specimen = vary(made, case.values, case.seed, palette=values)
        if not ties.are_met(model, specimen):
            raise NoCase("nothing is decided on values that every exact arithmetic gives")
        return specimen
    if case.values in (AT_EDGES, LEFT_OUT):
        return made
    if case.values == NOTHING_BUT:
        return made  # what an input promises comes first
    if case.values == "halves of a scale":
        return scaled_ties.with_halves(model, made, case.seed)
    if case.values == "halves of a given scale":
        return given_scales.with_edges(model, made, case.seed)
    if case.values == "integers at ties":
        _refuse_what_ends(lambda: own_numbers.with_integers(model, made, case.seed))
        return own_numbers.with_integers(model, made, case.seed)
    if case.values == "integers at ties, narrowed":
        _refuse_what_ends(lambda: own_numbers.with_congruent(model, made, case.seed))
        return own_numbers.with_congruent(model, made, case.seed)
    if case.values in ("numbers looked for", "rows of numbers looked for"):
        return own_numbers.with_floats(model, made, case.seed, rows=case.values.startswith("rows"))
    if case.values == "numbers of the kernel":
        _refuse_what_ends(lambda: own_numbers.with_the_kernel_s(model, made, case.numbers, case.seed))
        return own_numbers.with_the_kernel_s(model, made, case.numbers, case.seed)
    if case.values in ("few of a kind", "two of a kind"):
        singles = case.values == "few of a kind"
        return few_of_a_kind.of_few_values(made, case.along, case.turn, case.seed, singles)
    if case.values in ("one beside a number", "one past a number"):
        at = case.values == "one beside a number"
        return few_of_a_kind.beside_numbers(model, made, case.numbers, case.turn, case.seed, at)
    if case.values == RUNS:
        return with_runs(model, made, case.along or -1, [*map(int, case.numbers)], case.seed)
    if case.values == LOUD_AND_QUIET:
        return with_loud_and_quiet(model, made, case.along or -1, case.turn, case.seed)
    if case.values == BURSTS:
        return with_bursts(model, made, case.along or -1, case.turn, case.seed)
    if case.values == LONG_WAYS:
        return with_long_ways(made, case.turn)
    if case.values == PIVOTS:
        return with_rows_exchanged(model, made, case.turn, case.seed)
    if case.values == SIGNS_AND_SLOPES:
        return with_signs_and_slopes(model, made, case.along or -1, case.turn, case.seed)
    if case.values == "a number compared with":
        return with_argument(made, case.alone, int(case.numbers[0]))
    if case.values == "shared":
        return shared(made)
    if case.values == FEW_WHOLE:
        return with_few_whole_numbers(model, made, case.seed)
    if case.values in OPPOSITES:
        return with_opposites(made, case.values, case.seed)
    if case.values == "near each other":
        return near_each_other(made, case.seed)
    if case.values == "rows of the weights":
        return own_weights.with_rows(model, made, case.seed)
    if case.values == "numbers of the weights":
        return own_weights.with_numbers(model, made, case.seed)
    if case.values == "steps":
        return with_steps(made, case.numbers, case.seed)
    if case.values == "integers that step":
        return with_integers_that_step(made)
    if case.values == "up to the largest number":
        return up_to_the_largest(model, made, case.seed)
    if case.values in (*INFINITE_SLICES, NAN_SLICES):
        specimen = with_whole_slices(made, case.input, float(case.values.removeprefix("slices of ")))
        if case.values == NAN_SLICES and not asks_for_nan(model, specimen):
            raise NoCase("the module does not ask for NaN")
        return specimen
    if case.values in (LONE_EVENTS, LONE_READINGS):
        return with_lone_events(model, made, case.input, case.along or -1, case.values, case.turn, case.seed)
    if case.values == INFINITE_RUNS:
        return with_infinite_runs(model, made, case.input, case.along or -1, int(case.numbers[0]))
    if case.values == "ends of the range":
        return ends_of_the_range(made, case.seed)
    if case.values == "around a number":
        return around_a_number(made, case.around, case.seed)
    if case.values in ORDERLY:
        return orderly(made, case.values, case.seed)
    if case.values == "indices to the end":
        _refuse_what_ends(lambda: _end_of_indices(model, made, case.seed))
        return vary(made, case.values, case.seed, case.layouts, end=_end_of_indices(model, made, case.seed))
    return vary(made, case.values, case.seed, case.layouts, case.scale, alone=case.alone)


def _as_it_lies(specimen: Specimen, made: Specimen) -> Specimen:
    """Other values in memory that is laid out as the module's own example lays it out: channels last stay last."""
    given = iter(tree_flatten((made.args, made.kwargs))[0])

    def change(leaf: Any) -> Any:
        like = next(given, None)
        if not (isinstance(leaf, torch.Tensor) and isinstance(like, torch.Tensor) and leaf.shape == like.shape):
            return leaf
        return as_it_lies(leaf, like) if leaf.is_contiguous() and leaf.dim() > 1 else leaf

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def _with_exceptions(models: Models, case: CasePlan, specimen: Specimen) -> Specimen:
    """What an input promises of its size does not hold for a number that the module itself names."""
    names = {promise.name for promise in models.promises if promise.what == WITHIN}
    if not names:
        return specimen
    _refuse_what_ends(lambda: own_numbers.with_exceptions(models[case.weights], specimen, names, case.seed))
    return own_numbers.with_exceptions(models[case.weights], specimen, names, case.seed)


def _is_risky(specimen: Specimen) -> bool:
    """Nothing at all, or integers, which may point somewhere: at sizes other than the example's past the end, too."""
    tensors = [t for _, t in tensors_in((specimen.args, specimen.kwargs))]
    return any(not t.numel() or not (t.is_floating_point() or t.is_complex() or t.dtype == torch.bool) for t in tensors)


def is_empty(specimen: Specimen) -> bool:
    return any(not t.numel() for _, t in tensors_in((specimen.args, specimen.kwargs)))


def _refuse_what_ends(call: Callable[[], object]) -> None:
    signal = ended_by(call)
    if signal:
        raise NoCase(f"the module itself ends its process on it: {signal}")


def _end_of_indices(model: torch.nn.Module, specimen: Specimen, seed: int) -> int:
    """The least number that the module refuses as an integer, where its integers are indices. Raises ``NoCase``
    where they are not."""

    def accepts(end: int) -> bool:
        try:
            reference_run.run(model, vary(specimen, "indices to the end", seed, end=end))
        except (IndexError, RuntimeError):
            return False
        return True

    low, high = 1, _MOST_INDICES
    if accepts(high) or not accepts(low):
        raise NoCase("no index ends anywhere")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if accepts(middle) else (low, middle)
    return low


def _twice(model: torch.nn.Module, specimen: Specimen) -> None:
    """In both dtypes, in which memory lies otherwise."""
    reference_run.run(model, specimen)
    reference_run.run_float64(model, specimen)
