"""Calls of a kernel's module class by the names of the module's own parameters, as ``model(input_ids=...)`` calls it.

Of ``forward(self, x, y)`` a class with ``forward(self, y, x)`` is no replacement, which positions alone don't show.
``kernel_function`` is bound by names anyhow (``entry_points.py``).
"""

from __future__ import annotations

import inspect
import zlib
from collections.abc import Sequence
from typing import Any

import torch

from kernelagent.worker.problem import Specimen


def keywords(name: str, model: torch.nn.Module, specimen: Specimen) -> list[str]:
    """Names of the positional arguments that the case of that name gives by keyword: all that ``forward`` takes so, in
    about half of the cases; none in the example."""
    return [] if name == "example" or zlib.crc32(name.encode()) & 2 else nameable(model, specimen)


def nameable(model: torch.nn.Module, specimen: Specimen) -> list[str]:
    """The last of the positional arguments, which can be given by name. None where a star takes some."""
    parameters = inspect.signature(type(model).forward).parameters
    if not all(name in parameters for name in specimen.names):
        return []
    either = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return [name for name in specimen.names if parameters[name].kind is either]


def takes(module: torch.nn.Module, names: Sequence[str], wanted: Sequence[str], others: Sequence[str]) -> bool:
    """Whether ``module``'s forward can be called with those of ``names`` that are ``wanted`` given by name, and
    ``others``, which are in every call."""
    head = names[: len(names) - len(wanted)]
    try:
        inspect.signature(module.forward).bind(*head, **dict.fromkeys([*wanted, *others]))
    except TypeError:
        return False
    return True


def arranged(
    names: Sequence[str], wanted: Sequence[str], args: Sequence[Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """``args``, of those ``names``, as what is given by position and what by name."""
    count = len(names) - len(wanted)
    return tuple(args[:count]), dict(zip(wanted, args[count:], strict=True))


def untold(entry: str, parameters: Sequence[str], names: Sequence[str]) -> str:
    """What the verdict says of an entry that does not take the module's names."""
    own = ", ".join(parameters)
    return f"Calls by the names of forward's parameters ({', '.join(names)}): {entry} has others ({own})"
