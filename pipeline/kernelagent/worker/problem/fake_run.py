"""The module run on fake tensors: its shapes and operators, with nothing computed."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Mapping

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from kernelagent.contract.problem import Problem
from kernelagent.worker.problem.build import build_model
from kernelagent.worker.problem.inputs import make_inputs

Around = Callable[[], contextlib.AbstractContextManager[object]]
"""A context for each run of the module."""


def runs_at(problem: Problem, sizes: Mapping[str, int], around: Around = contextlib.nullcontext) -> bool:
    """Whether the module runs at ``sizes``; where it raises anything, as it may on sizes that it was not made for,
    it does not. ``around`` is entered for the call alone."""
    try:
        with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            specimen = make_inputs(problem, sizes)
            model = build_model(problem)
            with around():
                model(*specimen.args, **specimen.kwargs)
    except Exception:  # noqa: BLE001  the module may raise anything on sizes that it was not made for
        return False
    return True
