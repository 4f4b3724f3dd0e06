"""The cases for one kernel of one module, planned with both at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import case_sizes, cases
from kernelagent.worker.judge.argument_numbers import argument_numbers
from kernelagent.worker.judge.arguments import Changed, changed_arguments
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.judge.left_out import left_to_defaults
from kernelagent.worker.judge.models import Models
from kernelagent.worker.judge.module_numbers import own_numbers_of
from kernelagent.worker.judge.steady import steady_sizes
from kernelagent.worker.problem import make_inputs


@dataclass(frozen=True)
class Planned:
    cases: list[CasePlan]
    exactly: bool
    """PyTorch's own result must be exact on a case: it is at the sizes of the first."""
    constants: tuple[int, ...]
    """Numbers of the kernel's file that may be sizes of its blocks."""
    changes: tuple[Changed, ...]
    kernel_sha256: str
    notes: list[str]
    """What the verdict says of it."""


def planned_for(problem: Problem, models: Models, args: dict[str, Any]) -> Planned:
    """``args``: those of ``tasks/reference.py``."""
    start, small = cases.starting_sizes(problem)
    steady = None if problem.random else steady_sizes(problem, models[0], start)
    compared = tuple(map(float, args.get("compared") or ()))
    constants, changes = tuple(args.get("constants") or ()), _changed_arguments(problem, compared)
    kernel = str(args.get("kernel_sha256", ""))
    own = own_numbers_of(problem, models[0], small)
    made = cases.plan(
        problem,
        args["profile"],
        constants,
        changes,
        args.get("groups") or (),
        bool(args.get("persistent")),
        None if steady is None else steady.sizes,
        own,
        kernel,
        compared,
        _has_defaults(problem, models),
    )
    notes = [*own.unseen]
    if steady is not None:
        notes.append(
            f"Sizes at which PyTorch's own result is little more than its rounding, such as {case_sizes.named(start)}: "
            f"judged at {case_sizes.named(steady.sizes)}"
        )
    return Planned(made, steady is not None and steady.exact, constants, changes, kernel, notes)


def _has_defaults(problem: Problem, models: Models) -> bool:
    try:
        return bool(left_to_defaults(models[0], make_inputs(problem, case_sizes.smallest(problem), 1)))
    except Exception:  # noqa: BLE001  what is wrong with the inputs is said when the example is made
        return False


def _changed_arguments(problem: Problem, compared: tuple[float, ...]) -> tuple[Changed, ...]:
    try:
        specimen = make_inputs(problem, case_sizes.smallest(problem), 1)
        return changed_arguments(specimen, argument_numbers(problem, specimen, compared))
    except Exception:  # noqa: BLE001  what is wrong with the inputs is said when the example is made
        return ()
