"""What no case shows of a module, in words for the verdict."""

from __future__ import annotations

import inspect

import torch
from torch.utils._pytree import tree_leaves

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import beside_run, reference_run
from kernelagent.worker.judge.mapped_models import copied
from kernelagent.worker.problem import Specimen


def unseen(problem: Problem, model: torch.nn.Module, specimen: Specimen) -> list[str]:
    """The module's other mode, where it makes a difference; arguments that were not given, and texts that were."""
    return [*_other_mode(problem, model, specimen), *_other_arguments(model, specimen)]


def _other_mode(problem: Problem, model: torch.nn.Module, specimen: Specimen) -> list[str]:
    other = copied(model).train(not model.training)
    try:
        here, there = (beside_run.flat(reference_run.run(m, specimen)) for m in (model, other))
        differs = here.keys() != there.keys() or any(not reference_run.same_bits(here[k], there[k]) for k in here)
    except Exception:  # noqa: BLE001  in its other mode the module may raise anything
        differs = True
    if not differs:
        return []
    now, otherwise = ("training", "evaluation") if model.training else ("evaluation", "training")
    mode = "as its constructor leaves it" if problem.mode == "constructed" else "as was asked for"
    return [f"The module in {otherwise} mode: it was judged in {now} mode, {mode}"]


def _other_arguments(model: torch.nn.Module, specimen: Specimen) -> list[str]:
    found = []
    given = {*specimen.names, *specimen.kwargs}
    for name, parameter in inspect.signature(type(model).forward).parameters.items():
        if parameter.default is not inspect.Parameter.empty and name not in given:
            found.append(f"Another {name} than {parameter.default!r}: the example does not give it"[:200])
    for name, value in {**dict(zip(specimen.names, specimen.args, strict=True)), **specimen.kwargs}.items():
        if isinstance(value, (list, tuple, dict)) and any(
            isinstance(leaf, torch.Tensor) for leaf in tree_leaves(value)
        ):
            found.append(f"Another number of tensors in {name} than the example's {len(value)}")
    for name, value in {**dict(zip(specimen.names, specimen.args, strict=True)), **specimen.kwargs}.items():
        if any(isinstance(leaf, str) or leaf is None for leaf in tree_leaves(value, is_leaf=lambda v: v is None)):
            found.append(f"Another {name} than the example's: no other text, or something in place of None, was tried")
    return found
