"""Buffers of integers or bools that hold one value everywhere: no set of weights gives them another one.

``weights.py`` puts such a buffer in another order, which leaves it as it was: a mask of pruned channels that keeps all,
a zero point, an offset that a checkpoint brings.
"""

from __future__ import annotations

from typing import Any

import torch

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import beside_run, reference_run
from kernelagent.worker.judge.mapped_models import copied
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.carried import same_bits

_MOST = 4
"""That are asked for, each by a run of the module."""


def that_matter(problem: Problem, model: torch.nn.Module, specimen: Specimen) -> dict[str, Any]:
    """Key in the ``state_dict`` → its value, where another value gives another result. What a call changes by itself is
    left out: further calls try it."""
    found = {key: value for key, value in _held(model).items() if key not in problem.updates}
    return {key: found[key] for key in list(found)[:_MOST] if _matters(model, specimen, key)}


def _held(model: torch.nn.Module) -> dict[str, Any]:
    tensors = {key: value for key, value in model.state_dict().items() if isinstance(value, torch.Tensor)}
    whole = {k: v for k, v in tensors.items() if v.numel() and not v.is_floating_point() and not v.is_complex()}
    firsts = {key: value.flatten()[0] for key, value in whole.items()}
    return {key: firsts[key].item() for key, value in whole.items() if bool((value == firsts[key]).all())}


def _matters(model: torch.nn.Module, specimen: Specimen, key: str) -> bool:
    other = copied(model)
    with torch.no_grad():
        buffer = other.state_dict(keep_vars=True)[key]
        buffer.copy_(~buffer if buffer.dtype == torch.bool else buffer + 1)
    try:
        here, there = (beside_run.flat(reference_run.run(m, specimen)) for m in (model, other))
    except Exception:  # noqa: BLE001  the module may take no other value
        return False
    paths = [path for path in here if path.startswith("outputs")]
    return any(path not in there or not same_bits(here[path], there[path]) for path in paths)
