"""Cases in which a size of 1 is taken only because it broadcasts: one row put to 32 indices, where it must be 32 rows.

Sizes that are equal in the example may be two symbols to its trace, though the module takes no others: some operators
check it when they run (``index_put``). Then 1 beside another number is a broadcast that the example never showed.
"""

from __future__ import annotations

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.judge.models import Models
from kernelagent.worker.judge.no_case import NoCase

_OTHERS = (2, 3)
"""Sizes in the place of 1, which broadcast to nothing."""


def refuse_chance_broadcasts(problem: Problem, models: Models, case: CasePlan) -> None:
    """Raises ``NoCase`` where sizes of ``case`` are such. Only sizes that the example has alike are asked about."""
    for free in problem.free_sizes:
        beside = {case.sizes.get(f.symbol) for f in problem.free_sizes if f.example == free.example}
        if case.sizes.get(free.symbol) != 1 or free.example == 1 or not beside - {0, 1}:
            continue
        others = [size for size in _OTHERS if size not in beside]
        if not any(_takes(models, case, {**case.sizes, free.symbol: size}) for size in others):
            raise NoCase(f"only as {free.symbol} = 1 broadcasts, which it does not in the example")


def _takes(models: Models, case: CasePlan, sizes: dict[str, int]) -> bool:
    try:
        reference_run.run(models[case.weights], models.inputs(sizes, case.seed))
    except Exception:  # noqa: BLE001  the module may raise anything on sizes that do not fit
        return False
    return True
