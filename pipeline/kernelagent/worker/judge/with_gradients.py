"""Which calls record gradients, and what the module's own result is in them."""

from __future__ import annotations

from collections.abc import Mapping

from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.models import Models
from kernelagent.worker.judge.module_ways import Prepared


def with_gradients(
    models: Models, prepared: list[Prepared], places: Mapping[str, int], are_asked: bool
) -> tuple[list[Prepared], list[bool]]:
    """Half of the cases record them, as where a module is simply called: the cases with the results in them, and for
    each whether it does. ``places``: numbers of the cases by name. ``are_asked``: the module asks if gradients are
    recorded, and may give something else then; calls in a row do not record them in such a module."""
    found: list[Prepared] = []
    recorded: list[bool] = []
    follows = [*(case.follows for case, _, _ in prepared), False]
    for number, (case, specimen, result) in enumerate(prepared):
        gradients = places[case.name] % 4 >= 2
        if are_asked and gradients:
            gradients = not (follows[number] or follows[number + 1])
            try:
                with reference_run.recording(gradients):
                    found.append((case, specimen, reference_run.run(models[case.weights], specimen)))
            except Exception:  # noqa: BLE001  it may refuse to be called so
                found.append((case, specimen, result))
                gradients = False
        else:
            found.append((case, specimen, result))
        recorded.append(gradients)
    return found, recorded
