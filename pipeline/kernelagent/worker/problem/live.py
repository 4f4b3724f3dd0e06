"""A live module of the user's own process, from what that process saved for this one."""

from __future__ import annotations

import functools
import pickle
import sys
import types
from typing import Any

import torch

from kernelagent.contract.problem import LiveModule, Problem
from kernelagent.errors import InitFailed
from kernelagent.worker.problem.load import namespace_of


def load_live(problem: Problem, live: LiveModule) -> torch.nn.Module:
    """A copy of it on the CPU: weights, buffers, attributes and modes as they were.

    Loading a pickle runs what is in it, as importing the user's file does. Raises ``InitFailed`` where the file is gone
    (a run directory never has it) or does not load.
    """
    if not live.file:
        raise InitFailed(
            f"This {problem.class_name} was a live module, and the process that had it is gone.",
            hint="Call kernelagent.fuse with the module again.",
            file=problem.file,
        )
    sys.path += [folder for folder in live.path if folder not in sys.path]
    try:
        # what is in it has been made by the user's own process; a candidate's process is not given the file
        model = torch.load(live.file, map_location="cpu", weights_only=False, pickle_module=_pickle_of(problem, live))
    except Exception as exc:
        raise InitFailed(
            f"The live {problem.class_name} does not load in another process: {type(exc).__name__}: {exc}",
            hint="Define its classes in a file that can be imported, or give file.py::Class.",
            file=problem.file,
        ) from exc
    return model  # type: ignore[no-any-return]


def load_saved(problem: Problem, live: LiveModule, file: str) -> Any:
    """What else was saved beside it; ``None`` where that does not load here."""
    try:
        return torch.load(file, map_location="cpu", weights_only=False, pickle_module=_pickle_of(problem, live))
    except Exception:  # noqa: BLE001  inputs of whatever class
        return None


def _pickle_of(problem: Problem, live: LiveModule) -> Any:
    """``pickle``, to which the names of ``live.module`` are those of the problem's file."""
    own = namespace_of(problem)

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            first = name.partition(".")[0]
            if module != live.module or first not in own:
                return super().find_class(module, name)
            return functools.reduce(getattr, name.split(".")[1:], own[first])

    made = types.ModuleType("pickle_of_live_module")
    vars(made).update(Unpickler=Unpickler, load=lambda file, **how: Unpickler(file, **how).load())
    return made
