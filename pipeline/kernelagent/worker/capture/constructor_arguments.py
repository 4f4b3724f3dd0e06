"""What the example constructs the class with: what depends on it is built into the kernels, and another is refused.

Of an object its ``repr`` has to do, where that says what is in it: dataclasses, members of enumerations, modules,
configurations. An address, a tensor or the name of a class that is imported under another name elsewhere tell nothing.
"""

from __future__ import annotations

import inspect
import math
import re
from typing import Any

import torch

from kernelagent.contract.problem import Problem
from kernelagent.worker.capture.graph import Constructor
from kernelagent.worker.problem.build import init_arguments

_ANY_NUMBER = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_MOST = 1000
"""Characters of a ``repr``."""
_TELLS_NOTHING = re.compile(r" at 0x|\btensor\(|<class '|<function |<module |\.\.\.")


def constructor_of(problem: Problem, cls: type[torch.nn.Module]) -> Constructor:
    if problem.live is not None and not problem.live.init_given:
        return Constructor()
    args, kwargs = init_arguments(problem)
    try:
        bound = inspect.signature(cls).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return Constructor()
    bound.apply_defaults()
    parameters = [p for p in bound.signature.parameters.values() if p.kind not in _ANY_NUMBER]
    given = {p.name: bound.arguments[p.name] for p in parameters}
    objects = [(name, _told(value)) for name, value in given.items() if not _plain(value)]
    several = [p.name for p in bound.signature.parameters.values() if p.kind in _ANY_NUMBER and bound.arguments[p.name]]
    return Constructor(
        plain=tuple((name, repr(value)) for name, value in given.items() if _plain(value)),
        objects=tuple((name, told) for name, told in objects if told),
        positional=tuple(p.name for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY),
        defaults=tuple(
            (p.name, repr(p.default) if _plain(p.default) else "")
            for p in parameters
            if p.default is not inspect.Parameter.empty
        ),
        untold=(
            *(name for name, told in objects if not told and not isinstance(given[name], torch.device)),
            *several,
        ),
    )


def _plain(value: Any) -> bool:
    if type(value) in (list, tuple):
        return all(_plain(v) for v in value)
    if type(value) is dict:
        return all(_plain(v) for pair in value.items() for v in pair)
    return value is None or (type(value) in (bool, int, str)) or (type(value) is float and math.isfinite(value))


def _told(value: Any) -> str:
    if isinstance(value, torch.device):  # the kernels run on any
        return ""
    try:
        told = repr(value)
    except Exception:  # noqa: BLE001  the user's own
        return ""
    return told if len(told) <= _MOST and not _TELLS_NOTHING.search(told) else ""
