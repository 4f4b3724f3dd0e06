"""One case as files: what the candidate may see of it, and, where it can't, what is expected and what else is right."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import torch

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import (
    beside_run,
    by_keyword,
    crossed,
    key_order,
    left_open,
    order_of_equals,
    reference_run,
    relative,
    rounded_float64,
    rounded_orders,
    telling,
    tensorfile,
    turned_edges,
)
from kernelagent.worker.judge.at_edges import AT_EDGES
from kernelagent.worker.judge.case_inputs import is_empty
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.judge.documented import AsDocumented
from kernelagent.worker.judge.models import Models
from kernelagent.worker.judge.nan_ordered import readings
from kernelagent.worker.judge.operators_met import FLOAT64, operators_met
from kernelagent.worker.judge.opposites import OPPOSITES
from kernelagent.worker.judge.planted import elementwise
from kernelagent.worker.judge.specimen_values import with_nan_as, without_denormals
from kernelagent.worker.judge.value_kinds import INFINITE_RUNS, INFINITY, NAN, PLANTED
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.build import init_arguments
from kernelagent.worker.problem.inputs import named_inputs
from kernelagent.worker.problem.tensors import tensors_in

ALIKE = ("shared", "near each other", "equal", "equal, positive", *OPPOSITES)
"""Kinds of values that are alike."""
PASSED_THROUGH = 8.0
"""What ``x * (1 + tanh(x))`` may come to before it cancels, at the numbers of ``slices around one value``."""


def write_case(
    number: int,
    case: CasePlan,
    specimen: Specimen,
    result: reference_run.ReferenceRun,
    model: torch.nn.Module,
    left_out: Collection[str],
    inputs_dir: Path,
    expected_dir: Path,
) -> dict[str, Any]:
    """``left_out``: arguments of the example's that the case does not give."""
    given = key_order.of_case(case.name, model, specimen, result)
    tensorfile.write(inputs_dir / str(number), {"args": given.args, "kwargs": given.kwargs})
    tensorfile.write(expected_dir / str(number), {"outputs": result.outputs, "state": result.state})
    alike = telling.expected(case, specimen, result, None).inputs
    tensorfile.write(expected_dir / f"{number}_inputs", list(alike))
    shapes = {
        name: f"{'x'.join(map(str, tensor.shape)) or 'scalar'} {tensorfile.dtype_name(tensor.dtype)}"
        for name, tensor in tensors_in(named_inputs(specimen, specimen.args, specimen.kwargs))
    }
    return {
        "name": case.name,
        "sizes": case.sizes,
        "seed": case.seed,
        "weights": case.weights,
        "values": case.values,
        "layouts": list(case.layouts),
        "kinds": crossed.kinds(case),
        "names": list(specimen.names),
        "by_keyword": by_keyword.keywords(case.name, model, specimen),
        "kwnames": list(specimen.kwargs),
        "left_out": list(left_out),
        "keys_turned": given is not specimen,
        "shapes": shapes,
        "may_refuse": case.may_refuse,
        "most_seconds": case.most_seconds,
        "follows": case.follows,
        "empty": is_empty(specimen) or _gives_nothing(result),
        "contiguous": all(t.is_contiguous() for _, t in tensors_in((specimen.args, specimen.kwargs))),
        "mutated": list(result.mutated),
        "aliases": result.aliases,
    }


def _gives_nothing(result: reference_run.ReferenceRun) -> bool:
    tensors = [tensor for _, tensor in tensors_in(result.outputs)]
    return bool(tensors) and not any(t.numel() for t in tensors) and not result.mutated and not result.state


_CARRIED = (torch.Tensor, torch.dtype)


def write_init(problem: Problem, inputs_dir: Path) -> str:
    """Constructor arguments as data; returns why that was not possible, or nothing."""
    args, kwargs = init_arguments(problem)
    try:
        if foreign := next(_objects([*args, *kwargs.values()]), None):
            raise TypeError(f"a value of type {type(foreign).__name__} is an object")
        tensorfile.write(inputs_dir / "init", {"args": args, "kwargs": kwargs})
    except TypeError as exc:
        return str(exc)
    return ""


def _objects(value: Any) -> Iterator[Any]:
    """What ``value`` holds that a constructor may ask for attributes, or for its class: a configuration, a member of an
    enumeration."""
    if type(value) in (list, tuple, torch.Size):
        for item in value:
            yield from _objects(item)
    elif type(value) is dict:
        for item in value.values():
            yield from _objects(item)
    elif value is not None and type(value) not in (bool, int, float, str) and not isinstance(value, _CARRIED):
        yield value


def write_float64(model: torch.nn.Module, specimen: Specimen, path: Path) -> str:
    """Write the yardstick beside the expected outputs; returns why there is none, or nothing."""
    started = time.process_time()
    try:
        result = reference_run.run_float64(model, specimen)
    except Exception as exc:  # noqa: BLE001  the module may raise anything in a dtype it was not made for
        return f"the module does not run in float64 ({type(exc).__name__}: {exc})"
    seconds = time.process_time() - started
    tensorfile.write(path.with_name(f"{path.name}_float64"), {"outputs": result.outputs, "state": result.state})
    tensorfile.write(path.with_name(f"{path.name}_beside"), beside_run.run(model, specimen, result, seconds))
    return ""


def write_others(
    models: Models, case: CasePlan, specimen: Specimen, given: reference_run.ReferenceRun, path: Path
) -> None:
    """What else is right, for inputs on which something is; and what depends on an order that nobody promises."""

    model = models[case.weights]

    def result(other: Specimen) -> dict[str, torch.Tensor]:
        return beside_run.flat(reference_run.run(model, other))

    met = operators_met(model, specimen)
    undefined = _if_taken(order_of_equals.dependent, model, specimen) if met & order_of_equals.OPEN else {}
    others: dict[str, Any] = {
        "undefined": list(undefined),
        "in_any_order": list(_if_taken(order_of_equals.in_any_order, model, specimen)) if undefined else [],
        "selections": {p: vars(selected) for p, selected in undefined.items() if selected is not None},
        "unasked": _if_taken(left_open.elements, model, specimen) if met & left_open.OPERATORS else {},
        "unordered": _if_taken(rounded_orders.dependent, model, specimen) if met & rounded_orders.ORDERING else {},
        "rounded_away": _if_taken(rounded_float64.around, model, specimen) if met & FLOAT64 else {},
        "turned": {} if case.values == AT_EDGES else _if_taken(turned_edges.ends, model, specimen, given),
    }
    if case.values in ALIKE and (alike := _if_taken(rounded_float64.around_alike, model, specimen, given)):
        others |= {"rounded_away": alike}
    if case.values == "denormal":
        others |= {"flushed": result(without_denormals(specimen))}
    elif case.values == "tiny":
        others |= {"around": 0.0 if relative.is_asked(model, specimen) else 1.0}
    elif case.values == "slices around one value":
        others |= {"through": 0.0 if relative.is_asked(model, specimen) else PASSED_THROUGH}
    elif case.values == INFINITE_RUNS:
        others |= {"unasked_nan": not _has_minus_infinity(models.inputs(case.sizes, case.seed), case.input)}
    elif case.values in PLANTED:
        made = models.inputs(case.sizes, case.seed)
        clean = result(made)
        read = readings(model, specimen)
        others |= {"planted": case.values, "clean": clean, "ordered": list(read.results)}
        if case.values in NAN:
            as_infinities = () if read.asks else (with_nan_as(specimen, value) for value in (-INFINITY, INFINITY))
            taken = [_if_taken(result, other) for other in as_infinities]
            others |= {"taken_as": [results for results in taken if results], "asks": read.asks}
        if case.values == "infinities that meet":
            places = [a != b for a, b in zip(_floats(specimen), _floats(made), strict=True)]
            found = {path: elementwise(r, clean[path], places) for path, r in result(specimen).items()}
            with AsDocumented():  # type: ignore[no-untyped-call]
                also = result(specimen)
            others["met"] = {p: where & also[p].isinf() for p, where in found.items() if where is not None}
    tensorfile.write(path, others)


def _if_taken(of: Callable[..., Any], *given: Any) -> Any:
    """What is found by calling the module on other inputs than the case's: it may refuse them."""
    try:
        return of(*given)
    except Exception:  # noqa: BLE001  it may raise anything
        return {}


def _has_minus_infinity(specimen: Specimen, number: int) -> bool:
    """Whether the example's own floating input of that number is -infinity somewhere, as a mask that is added is."""
    return bool((_floats(specimen)[number] == -INFINITY).any())


def _floats(specimen: Specimen) -> list[torch.Tensor]:
    return [t for _, t in tensors_in((specimen.args, specimen.kwargs)) if t.is_floating_point()]
