"""Inputs that stay on one side of a number for several elements in a row, then on the other, as a module that counts
them waits for: a gate that shuts after twelve quiet samples, and opens again.

Random values change sides every few elements, so that a state which only a long run reaches is never entered, and one
that holds throughout is never left. Runs are as long as the whole numbers that the module compares whole numbers with,
and one shorter and longer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.case_sizes import PAST_ELEMENTS, Sizes, elements, smallest
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.ties import listened
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.sizes import fit, shape_at

RUNS: Values = "runs on a side of a number"
LARGEST = 1 << 12
"""Of the lengths; of longer runs the interpreter has too few."""
_MOST_LENGTHS, _MOST_SIDES, _MOST_DIMS = 3, 4, 2
_LARGEST_SIDE = float(1 << 14)
"""Of larger numbers hardly any result stays finite in 16 bits."""
_COMPARES = frozenset({"lt", "le", "gt", "ge"})
_SCANS = frozenset({"cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"})
_FILLS = {"where": 1, "masked_fill": 2, "fill": 1, "full": 1, "full_like": 1, "new_full": 2, "scalar_tensor": 0}
"""With the number of the first argument that may be what they fill with."""
_A_LOOP = 3
_CHANGED = ("float", "bfloat", "bool")


class Sides(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """The numbers that the module compares values with, and those that it compares counts with: tensors in which all
    is whole. Those that it fills tensors with, as a counter is set to how long something holds."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.values: dict[float, None] = {}
        self.counts: dict[int, None] = {}
        self.fillings: dict[int, None] = {}
        self._compared, self._scans = 0, False

    @property
    def goes_along(self) -> bool:
        """Whether it compares values again and again, as a loop over steps does, or what it has summed up on the
        way."""
        return self._scans or self._compared >= _A_LOOP

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = str(func._schema.name).partition("::")[2].rstrip("_")
        if name in _COMPARES or name in ("eq", "ne"):
            one, other = args[:2] if not isinstance(args[1], torch.Tensor) or args[1].numel() == 1 else args[1::-1]
            number = _number(other)
            if isinstance(one, torch.Tensor) and number is not None and one.numel():
                self._heard(one.detach(), number, name)
        self._scans |= name in _SCANS
        if name in _FILLS:
            given = [*args[_FILLS[name] :], *(kwargs or {}).values()]
            numbers = {_number(operand) for operand in given} - {None}
            self.fillings |= {int(n): None for n in numbers if n is not None and n.is_integer() and 2 <= n <= LARGEST}
        return func(*args, **(kwargs or {}))

    def _heard(self, tensor: torch.Tensor, number: float, name: str) -> None:
        if tensor.dtype == torch.bool or tensor.is_complex():
            return
        if not tensor.is_floating_point() or bool((tensor == tensor.round()).all()):
            if number.is_integer() and 2 <= number <= LARGEST:
                self.counts[int(number)] = None
        elif name in _COMPARES and abs(number) <= _LARGEST_SIDE:
            self.values[number] = None
            self._compared += 1


def _number(operand: Any) -> float | None:
    if isinstance(operand, torch.Tensor):
        return float(operand) if operand.numel() == 1 and not operand.is_complex() else None
    return float(operand) if isinstance(operand, (int, float)) and math.isfinite(operand) else None


def run_lengths(problem: Problem, heard: Sides) -> tuple[int, ...]:
    """The largest first; none where nothing stays on a side of anything."""
    if not heard.values and not any(spec.dtype == "bool" for spec in problem.inputs):
        return ()
    return tuple(sorted(heard.counts, reverse=True)[:_MOST_LENGTHS])


def places_of_runs(problem: Problem, small: Sizes, lengths: Sequence[int]) -> Iterator[tuple[Sizes, int, int]]:
    """Sizes, the dimension along which runs lie, counted from the end of the input with the most of them, and the
    largest of the ``lengths`` that it has room for: the longest two dimensions as they are, and each free size where it
    has room for four runs."""
    specs = [spec for spec in problem.inputs if spec.dtype.startswith(_CHANGED)]
    spec = max(specs, key=lambda one: len(one.shape), default=None)
    if spec is None:
        return
    least = shape_at(spec, small)
    dims = sorted(range(-len(least), 0), key=lambda dim: -least[dim])
    yield from ((small, dim, n) for dim in dims[:_MOST_DIMS] for n in _fitting(lengths, least[dim])[:1])
    for free in problem.free_sizes:
        for length in lengths:
            grown = {free.symbol: fit(free, 4 * length + 5)}
            few = {f.symbol: fit(f, 4 + n) for n, f in enumerate(problem.free_sizes)}
            cheap = [s for s in (few | grown, smallest(problem) | grown) if elements(problem, s) <= PAST_ELEMENTS]
            if cheap and grown[free.symbol] > small[free.symbol]:
                shape = shape_at(spec, cheap[0])
                yield from ((cheap[0], dim, length) for dim in dims if shape[dim] > max(least[dim], length + 1))
                break


def with_runs(model: torch.nn.Module, specimen: Specimen, along: int, lengths: Sequence[int], seed: int) -> Specimen:
    """``specimen`` with its floats on one side of a number that the module compares values with, then on the other, and
    its masks false and true, in runs along one dimension. ``along``: as in :func:`places_of_runs`; other inputs have
    the runs along their first dimension of that size. Slices along another dimension begin with either side in turn,
    the first two runs longer than the largest of ``lengths`` that there is room for. Raises ``NoCase`` where nothing is
    compared, or another order of operations may turn what is decided."""
    with Sides() as heard:
        reference_run.run(model, specimen)
    numbers = [*heard.values][:_MOST_SIDES]
    tensors = [leaf for leaf in tree_leaves((specimen.args, specimen.kwargs)) if _has_sides(leaf, numbers)]
    widest = max(tensors, key=torch.Tensor.dim, default=None)
    if widest is None or widest.dim() < -along or not _fitting(lengths, widest.shape[along]):
        raise NoCase("nothing in it stays on a side of a number")
    length = widest.shape[along]
    lengths = _fitting(lengths, length)

    def changed(leaf: Any, generator: torch.Generator, is_near: bool) -> Any:
        if not _has_sides(leaf, numbers) or length not in leaf.shape:
            return leaf
        has_it = leaf.dim() >= -along and leaf.shape[along] == length
        dim = along if has_it else list(leaf.shape).index(length)
        shape = leaf.movedim(dim, -1).shape
        rows = shape[0] if len(shape) > 1 else 1
        spread = (rows, *(1 for _ in shape[1:-1]), length) if len(shape) > 1 else shape
        is_above, turn = (t.reshape(spread).expand(shape) for t in _runs(rows, length, lengths, seed))
        if leaf.dtype != torch.bool:
            is_above = _on_a_side(is_above, turn, numbers, generator, is_near).to(leaf.dtype)
        return is_above.movedim(-1, dim).contiguous()

    for is_near in (True, False):
        generator = torch.Generator().manual_seed(seed)
        change = partial(changed, generator=generator, is_near=is_near)
        args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
        planted = Specimen(args, kwargs, specimen.names)
        if not listened(model, planted).is_near:
            return planted
    raise NoCase("what is decided may turn with the order of operations")


def _runs(rows: int, length: int, lengths: Sequence[int], seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Of each element whether it is above, and the number of its pair of runs, which counts on from row to row."""
    generator = torch.Generator().manual_seed(seed)
    choices = torch.tensor([1, *(n + step for n in lengths for step in (-1, 0, 1))])
    is_above = torch.zeros((rows, length), dtype=torch.bool)
    turn = torch.zeros((rows, length), dtype=torch.int64)
    for row in range(rows):
        at = number = 0
        while at < length:
            drawn = int(choices[torch.randint(len(choices), (), generator=generator)])
            end = at + (lengths[0] + 1 if number < 2 else drawn)
            is_above[row, at:end] = (row + number) % 2 == 1
            turn[row, at:end] = row // 2 + number // 2
            at, number = end, number + 1
    return is_above, turn


def _on_a_side(
    is_above: torch.Tensor, turn: torch.Tensor, numbers: Sequence[float], generator: torch.Generator, is_near: bool
) -> torch.Tensor:
    """In each pair of runs of another of the ``numbers``, near it, where ``is_near``, and far from it in turn. On its
    side towards zero they are of either sign, so that they lie there by their magnitude, too."""
    number = torch.tensor(numbers, dtype=torch.float64)[turn % len(numbers)]
    drawn = torch.rand(is_above.shape, generator=generator, dtype=torch.float64)
    sign = torch.where(torch.rand(is_above.shape, generator=generator) < 1 / 2, 1.0, -1.0)
    nears = (turn // len(numbers) % 2 == 0) & is_near
    inside = torch.where(nears, 0.5 + 0.4 * drawn, 0.01 + 0.09 * drawn)
    outside = torch.where(nears, 1.5 - 0.4 * drawn, 4 - drawn)
    found = number * torch.where(is_above == (number > 0), outside, sign * inside)
    return torch.where(number == 0, torch.where(is_above, outside, -outside), found)


def _has_sides(leaf: Any, numbers: Sequence[float]) -> bool:
    if not isinstance(leaf, torch.Tensor) or not leaf.dim() or not leaf.numel():
        return False
    return leaf.dtype == torch.bool or (leaf.is_floating_point() and bool(numbers))


def _fitting(lengths: Sequence[int], size: int) -> list[int]:
    """Those of which a run that is longer ends within ``size``."""
    return [n for n in lengths if n + 2 <= size]
