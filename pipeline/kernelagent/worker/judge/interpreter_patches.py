"""All patches of Triton's interpreter where a candidate runs, in the order in which they lie on each other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kernelagent.worker.judge.comparisons import Comparisons
from kernelagent.worker.judge.dispatch_record import DispatchRecord
from kernelagent.worker.judge.divisions import Divisions
from kernelagent.worker.judge.kernel_accesses import KernelAccesses
from kernelagent.worker.judge.rounds import Rounds


def install(
    kernel: Path,
    accesses: KernelAccesses,
    dispatch: DispatchRecord,
    rounds: Rounds,
    comparisons: Comparisons,
    divisions: Divisions,
    backwards: Callable[[], bool],
) -> None:
    """Patch this process's interpreter, before the candidate's file ``kernel`` is loaded. ``backwards``: whether the
    programs of a launch run in the other order."""
    from kernelagent.worker.judge import (
        interpreter_access,
        interpreter_assumed,
        interpreter_comparisons,
        interpreter_divisions,
        interpreter_half_sums,
        interpreter_hints,
        interpreter_memory,
        interpreter_order,
        interpreter_places,
        interpreter_rounds,
        interpreter_taken,
        interpreter_together,
    )

    install_language(dispatch)
    interpreter_assumed.install()
    switch = interpreter_together.install(accesses)
    interpreter_rounds.install(rounds, switch)
    interpreter_places.install()
    interpreter_half_sums.install(accesses.note_rounded_sum)
    interpreter_taken.install(accesses)
    interpreter_order.install_lanes(backwards)
    memory = interpreter_memory.Memory()
    memory.install()
    interpreter_access.watch_interpreter(accesses, interpreter_hints.watch(accesses), memory)
    interpreter_order.install(kernel, backwards)
    interpreter_comparisons.install(comparisons, switch)
    interpreter_divisions.install(divisions)


def install_language(dispatch: DispatchRecord) -> None:
    """What has interpreted kernels compute as compiled ones do, and watches nothing. ``dispatch`` is stopped where the
    interpreter itself computes by torch."""
    from kernelagent.worker.judge import (
        interpreter_annotations,
        interpreter_bfloat16,
        interpreter_conditions,
        interpreter_exchange,
        interpreter_float8,
        interpreter_hardware,
        interpreter_integers,
        interpreter_language,
        interpreter_loops,
        interpreter_math,
        interpreter_maxima,
        interpreter_names,
        interpreter_reductions,
        interpreter_scalars,
        interpreter_speed,
        interpreter_trees,
        interpreter_winners,
    )

    interpreter_speed.install()
    interpreter_names.install()
    interpreter_hardware.install()
    interpreter_integers.install()
    interpreter_scalars.install()
    interpreter_annotations.install()
    interpreter_conditions.install()
    interpreter_loops.install()
    interpreter_language.install()
    interpreter_maxima.install()
    interpreter_trees.install()
    interpreter_winners.install()
    interpreter_bfloat16.install()
    interpreter_exchange.install()
    interpreter_reductions.install()
    interpreter_float8.install(dispatch)
    interpreter_math.install(dispatch)
