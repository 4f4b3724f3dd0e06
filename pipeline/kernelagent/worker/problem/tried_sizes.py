"""Free sizes that the module turns out not to leave as free as its trace says.

``torch.export`` proves what it meets as a guard; a size that has to fit a parameter by way of a division (so many
patches as there are positions) may come out as free. So each size is halved once, with nothing computed: where the
module raises then, the example's own size is the smallest that is tried.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace

from kernelagent.contract.problem import Problem
from kernelagent.worker.problem.fake_run import Around, runs_at
from kernelagent.worker.problem.sizes import example_sizes, halved


def with_tried_minima(problem: Problem, around: Around = contextlib.nullcontext) -> Problem:
    """``problem``, in which sizes that can't be halved have the example's as their minimum. A module that does not run
    on fake tensors is taken at its word. ``around`` may answer for what takes long even on those."""
    example = example_sizes(problem)
    smaller = {free.symbol: halved(free, free.example) for free in problem.free_sizes}
    doubtful = {symbol for symbol, size in smaller.items() if size < example[symbol]}
    if not doubtful or not runs_at(problem, example, around):
        return problem
    held = {symbol for symbol in doubtful if not runs_at(problem, {**example, symbol: smaller[symbol]}, around)}
    sizes = tuple(replace(f, minimum=f.example) if f.symbol in held else f for f in problem.free_sizes)
    return replace(problem, free_sizes=sizes)
