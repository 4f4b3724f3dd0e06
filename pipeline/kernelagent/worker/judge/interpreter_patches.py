"""All patches of Triton's interpreter where a candidate runs, in the order in which they lie on each other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kernelagent.worker.judge.dispatch_record import DispatchRecord
from kernelagent.worker.judge.kernel_accesses import KernelAccesses
from kernelagent.worker.judge.rounds import Rounds


def install(
    kernel: Path, accesses: KernelAccesses, dispatch: DispatchRecord, rounds: Rounds, backwards: Callable[[], bool]
) -> None:
    """Patch this process's interpreter, before the candidate's file ``kernel`` is loaded. ``backwards``: whether the
    programs of a launch run in the other order."""
    from kernelagent.worker.judge import (
        interpreter_access,
        interpreter_bfloat16,
        interpreter_conditions,
        interpreter_float8,
        interpreter_half_sums,
        interpreter_hardware,
        interpreter_hints,
        interpreter_language,
        interpreter_loops,
        interpreter_math,
        interpreter_maxima,
        interpreter_names,
        interpreter_order,
        interpreter_places,
        interpreter_rounds,
        interpreter_scalars,
        interpreter_speed,
        interpreter_taken,
        interpreter_trees,
    )

    interpreter_speed.install()
    interpreter_names.install()
    interpreter_hardware.install()
    interpreter_scalars.install()
    interpreter_conditions.install()
    interpreter_loops.install()
    interpreter_language.install()
    interpreter_rounds.install(rounds)
    interpreter_maxima.install()
    interpreter_places.install()
    interpreter_trees.install()
    interpreter_bfloat16.install()
    interpreter_float8.install(dispatch)
    interpreter_math.install(dispatch)
    interpreter_half_sums.install(accesses.note_rounded_sum)
    interpreter_taken.install(accesses)
    interpreter_access.watch_interpreter(accesses, interpreter_hints.watch(accesses))
    interpreter_order.install(kernel, backwards)
