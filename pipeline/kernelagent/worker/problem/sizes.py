"""Sizes for the free dimensions: small enough for a CPU, large enough to mean something."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from types import CodeType

from kernelagent.contract.problem import FreeSize, Problem, TensorSpec
from kernelagent.errors import UnsupportedOperator
from kernelagent.worker.problem.size_functions import FUNCTIONS

MAX_ELEMENTS = 1 << 20
"""Of all inputs and outputs together, when sizes are shrunk for the interpreter."""

MAX_PRODUCTS = 1 << 27
"""Of multiplications: Triton's interpreter makes some 2e7 to 2e8 of them in a second."""


def evaluate_dim(expression: str, sizes: Mapping[str, int]) -> int:
    """A dimension such as ``s0``, ``2*s0`` or ``64`` at given sizes. Raises UnsupportedOperator where it is made with
    a function that is not known."""
    if expression.isdecimal():
        return int(expression)
    names = {"__builtins__": {}, "math": math, **FUNCTIONS}
    try:
        return int(eval(_compiled(expression), names, dict(sizes)))
    except NameError as exc:
        raise UnsupportedOperator(f"The size {expression} is made with {exc.name}, which is not supported.") from exc


@functools.lru_cache(maxsize=1 << 12)
def _compiled(expression: str) -> CodeType:
    """What a whole network multiplies is a text of many thousand characters."""
    return compile(expression, "<dim>", "eval")


def shape_at(spec: TensorSpec, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """The shape of ``spec`` at ``sizes``; its example's shape where its dimensions are not known as expressions.

    A size may be that of one dimension that is not free, under its :func:`place`."""
    dims = spec.dims if len(spec.dims) == len(spec.shape) else tuple(map(str, spec.shape))
    return tuple(sizes.get(place(spec, axis)) or evaluate_dim(dim, sizes) for axis, dim in enumerate(dims))


def place(spec: TensorSpec, axis: int) -> str:
    return f"{spec.name}.shape[{axis}]"


def example_sizes(problem: Problem) -> dict[str, int]:
    return {free.symbol: free.example for free in problem.free_sizes}


def base_sizes(problem: Problem) -> dict[str, int]:
    """The example's sizes, halved along the largest free one until they fit ``MAX_ELEMENTS`` and ``MAX_PRODUCTS``."""
    sizes = example_sizes(problem)
    free = {f.symbol: f for f in problem.free_sizes}
    while burden(problem, sizes, MAX_PRODUCTS // MAX_ELEMENTS) > MAX_ELEMENTS:
        shrinkable = {s: n for s, n in sizes.items() if halved(free[s], n) < n}
        if not shrinkable:
            break
        largest = max(shrinkable, key=lambda s: shrinkable[s])
        sizes[largest] = halved(free[largest], sizes[largest])
    return sizes


def halved(free: FreeSize, value: int) -> int:
    """Half of ``value``, as near as the module's smallest size and step allow."""
    half = max(value // 2, free.minimum, 2)
    down = half // free.multiple_of * free.multiple_of
    return down if down >= max(free.minimum, 1) else down + free.multiple_of


def fit(free: FreeSize, size: int) -> int:
    """The nearest size that the module allows."""
    size = max(size, free.minimum)
    size = -(-size // free.multiple_of) * free.multiple_of
    if free.maximum is not None and size > free.maximum:
        size = free.maximum // free.multiple_of * free.multiple_of
    return size


def burden(problem: Problem, sizes: Mapping[str, int], products_per_element: int) -> int:
    """Elements of inputs and outputs, or what is to be done, so many multiplications taken for one, if that is more."""
    elements = sum(math.prod(shape_at(spec, sizes)) for spec in (*problem.inputs, *problem.outputs))
    work = evaluate_dim(problem.work, sizes) if problem.work else 0
    return max(elements, work // products_per_element)
