"""What no case shows of a module, in words for the verdict."""

from __future__ import annotations

import inspect

import torch
from torch.utils._pytree import tree_leaves

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.judge.either_mode import is_of_either_mode
from kernelagent.worker.judge.key_order import hangs_on_it, turned
from kernelagent.worker.judge.left_out import left_to_defaults
from kernelagent.worker.judge.reference_run import ReferenceRun
from kernelagent.worker.judge.whole_buffers import that_matter
from kernelagent.worker.problem import Specimen


def unseen(
    problem: Problem, model: torch.nn.Module, example: tuple[CasePlan, Specimen, ReferenceRun], is_left_out: bool
) -> list[str]:
    """The module's other mode, where it makes a difference; other arguments of its constructor; arguments that were not
    given, and texts that were; entries of its ``state_dict`` that are no tensors, or buffers of integers or bools that
    no set of weights changes. ``is_left_out``: a case is without the arguments that have a default."""
    _, specimen, result = example
    other_mode, otherwise_made = _other_mode(problem, model, specimen), _otherwise_made(problem, model)
    of_state = [*_extra_state(model), *_of_one_value(problem, model, specimen)]
    arguments = [*_other_arguments(model, specimen), *_other_orders(model, specimen, result)]
    return [*other_mode, *otherwise_made, *arguments, *([] if is_left_out else _defaults(model, specimen)), *of_state]


def _defaults(model: torch.nn.Module, specimen: Specimen) -> list[str]:
    return [
        f"No {name} at all, as is its default ({default!r}): the example gives one"[:200]
        for name, default in left_to_defaults(model, specimen).items()
    ]


def _other_orders(model: torch.nn.Module, specimen: Specimen, result: ReferenceRun) -> list[str]:
    other = turned(specimen)
    if other is None or not hangs_on_it(model, other, result):
        return []
    return ["Dictionaries among the inputs with their keys in another order: the module's own result hangs on it"]


def _of_one_value(problem: Problem, model: torch.nn.Module, specimen: Specimen) -> list[str]:
    found = that_matter(problem, model, specimen)
    listed = ", ".join(f"{key}: {value}" for key, value in found.items())
    return [f"Other values than the module's own in buffers of integers or bools ({listed})"] * bool(found)


def _extra_state(model: torch.nn.Module) -> list[str]:
    extra = [key for key, value in model.state_dict().items() if not isinstance(value, torch.Tensor)]
    told = f"Another extra state than the constructor makes ({', '.join(extra)}), and that a class carries it on"
    return [told] * bool(extra)


def _other_mode(problem: Problem, model: torch.nn.Module, specimen: Specimen) -> list[str]:
    if is_of_either_mode(model, specimen):
        return []
    now, otherwise = ("training", "evaluation") if model.training else ("evaluation", "training")
    mode = "as its constructor leaves it" if problem.mode == "constructed" else "as was asked for"
    return [f"The module in {otherwise} mode: it was judged in {now} mode, {mode}"]


def _otherwise_made(problem: Problem, model: torch.nn.Module) -> list[str]:
    any_number = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)  # nn.Module's own has these two
    if all(p.kind in any_number for p in inspect.signature(type(model)).parameters.values()):
        return []
    given = problem.example.init.strip()
    how = "its defaults" if given in ("", "()") else given
    return [f"The module constructed with other arguments than {how}"]


def _other_arguments(model: torch.nn.Module, specimen: Specimen) -> list[str]:
    found = []
    given = {**dict(zip(specimen.names, specimen.args, strict=True)), **specimen.kwargs}
    for name, parameter in inspect.signature(type(model).forward).parameters.items():
        if parameter.default is not inspect.Parameter.empty and name not in given:
            found.append(f"Another {name} than {parameter.default!r}: the example does not give it"[:200])
    for name, value in given.items():
        if type(value) is int:
            found.append(f"Most integers beyond {value + 1:,} for {name}")
        if type(value) is float:
            found.append(f"Infinity and NaN for {name}")
        if isinstance(value, torch.dtype):
            found.append(f"Most dtypes other than {value} for {name}")
    if any(isinstance(leaf, torch.Tensor) and leaf.is_complex() for leaf in tree_leaves([*given.values()])):
        found.append("Complex inputs that are conjugated when they are read (`x.conj()`), and not in memory")
    for name, parameter in inspect.signature(type(model).forward).parameters.items():
        if parameter.default is None and name in given and _may_be_left_out(model, specimen, name):
            found.append(f"No {name} at all, as is its default: the example gives one")
    for name, value in given.items():
        if isinstance(value, (list, tuple, dict)) and any(
            isinstance(leaf, torch.Tensor) for leaf in tree_leaves(value)
        ):
            found.append(f"Another number of tensors in {name} than the example's {len(value)}")
    for name, value in given.items():
        if any(isinstance(leaf, str) or leaf is None for leaf in tree_leaves(value, is_leaf=lambda v: v is None)):
            found.append(f"Another {name} than the example's: no other text, or something in place of None, was tried")
    return found


def _may_be_left_out(model: torch.nn.Module, specimen: Specimen, name: str) -> bool:
    """Whether the example gives something, and the module takes ``None`` in its place."""
    position = specimen.names.index(name) if name in specimen.names else None
    if (specimen.kwargs[name] if position is None else specimen.args[position]) is None:
        return False
    args = tuple(None if n == position else value for n, value in enumerate(specimen.args))
    kwargs = {**specimen.kwargs, name: None} if position is None else specimen.kwargs
    try:
        reference_run.run(model, Specimen(args, kwargs, specimen.names))
    except Exception:  # noqa: BLE001  it may raise anything on what it was not made for
        return False
    return True
