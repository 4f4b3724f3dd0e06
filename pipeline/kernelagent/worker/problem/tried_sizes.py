"""Free sizes that the module turns out not to leave as free as its trace says.

``torch.export`` proves what it meets as a guard; a size that has to fit a parameter by way of a division (so many
patches as there are positions) may come out as free. So each size is halved once, with nothing computed: where the
module raises then, the example's own size is the smallest that is tried.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from kernelagent.contract.problem import Problem
from kernelagent.worker.problem.build import build_model
from kernelagent.worker.problem.inputs import make_inputs
from kernelagent.worker.problem.sizes import example_sizes, halved

Around = Callable[[], contextlib.AbstractContextManager[object]]
"""A context for each run of the module."""


def with_tried_minima(problem: Problem, around: Around = contextlib.nullcontext) -> Problem:
    """``problem``, in which sizes that can't be halved have the example's as their minimum. A module that does not run
    on fake tensors is taken at its word. ``around`` may answer for what takes long even on those."""
    example = example_sizes(problem)
    smaller = {free.symbol: halved(free, free.example) for free in problem.free_sizes}
    doubtful = {symbol for symbol, size in smaller.items() if size < example[symbol]}
    if not doubtful or not _runs(problem, example, around):
        return problem
    held = {symbol for symbol in doubtful if not _runs(problem, {**example, symbol: smaller[symbol]}, around)}
    sizes = tuple(replace(f, minimum=f.example) if f.symbol in held else f for f in problem.free_sizes)
    return replace(problem, free_sizes=sizes)


def _runs(problem: Problem, sizes: Mapping[str, int], around: Around) -> bool:
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
