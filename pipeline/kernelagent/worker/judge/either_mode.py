"""A module in training mode and in evaluation mode, where that makes no difference to what it gives: a drop-in class is
then tried in both."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch

from kernelagent.worker.judge import beside_run, reference_run
from kernelagent.worker.judge.mapped_models import copied
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.carried import same_bits


def is_of_either_mode(model: torch.nn.Module, specimen: Specimen) -> bool:
    """Whether the module gives the same in its other mode, bit for bit."""
    other = copied(model).train(not model.training)
    try:
        here, there = (beside_run.flat(reference_run.run(m, specimen)) for m in (model, other))
    except Exception:  # noqa: BLE001  in its other mode the module may raise anything
        return False
    return here.keys() == there.keys() and all(same_bits(here[k], there[k]) for k in here)


def is_turned(case: dict[str, Any], manifest: dict[str, Any]) -> bool:
    """Whether a class is called in its other mode: in half of the cases, whatever else takes turns in them."""
    return bool(manifest["either_mode"]) and case["number"] % 8 >= 4


@contextlib.contextmanager
def turned(module: torch.nn.Module) -> Iterator[None]:
    """Its other mode, by the method that users call; afterwards each part has its own again."""
    before = [(part, part.training) for part in module.modules()]
    module.train(not module.training)
    try:
        yield
    finally:
        module.train(before[0][1])
        for part, training in before:
            part.training = training
