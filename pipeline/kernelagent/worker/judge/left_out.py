"""Arguments of ``forward`` that the example gives and that have a default: one case is without them.

A kernel that is called as its module is takes the default that its own text says, which nobody sees while every case
gives the argument. A default of None is another question: nothing at all in the place of a tensor is named.
"""

from __future__ import annotations

import inspect

import torch

from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen

LEFT_OUT: Values = "arguments left to their defaults"


def left_to_defaults(model: torch.nn.Module, specimen: Specimen) -> dict[str, object]:
    """Name of each argument that ``specimen`` gives and ``forward`` has a default for, which is no None → that."""
    given = {*specimen.names, *specimen.kwargs}
    parameters = inspect.signature(type(model).forward).parameters.values()
    found = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty and p.name in given}
    return {name: default for name, default in found.items() if default is not None}


def without(model: torch.nn.Module, specimen: Specimen) -> Specimen:
    """``specimen`` without them; what came behind one of them is given by name. Raises ``NoCase`` where there are none,
    or one that stands behind them has no name that a call can say."""
    left = left_to_defaults(model, specimen)
    if not left:
        raise NoCase("the example gives no argument that has a default")
    parameters = inspect.signature(type(model).forward).parameters
    args: list[object] = []
    names: list[str] = []
    kwargs: dict[str, object] = {}
    for name, value in zip(specimen.names, specimen.args, strict=True):
        if name in left:
            continue
        if len(args) == specimen.names.index(name):
            args.append(value)
            names.append(name)
        elif name in parameters and parameters[name].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            kwargs[name] = value
        else:
            raise NoCase(f"{name} cannot be given without what stands before it")
    others = {name: value for name, value in specimen.kwargs.items() if name not in left}
    return Specimen(tuple(args), {**kwargs, **others}, tuple(names))
