"""Halves for what rounds after a scale that is fixed or given: ``round(x / 0.25)``, ``round(x, decimals=2)``, a
quantiser with a step per row; whole numbers for ``floor`` and its kin.

How each element of an input moves the argument of the rounding is found by two calls, and the input chosen so that the
module's own arithmetic makes that argument the half itself. Where the scale is no power of two the half is a rounded
one: it is asked only where the exact quotient, and every sound way to compute it (``edges.py``), comes out as it does.
So every other number of the other inputs is made a power of two, by which a GPU's approximate division is exact too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import torch
from torch.utils._pytree import tree_map

from kernelagent.worker.judge import reference_run, ties
from kernelagent.worker.judge.edges import UNKNOWN, Edges, End, Rounding
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.tensors import tensors_in

_MOST_INPUTS, _SEARCH_S = 3, 2.0
_BASES = ((0.0, 0.0625), (1.0, 1.0625))
"""Two values each of an element, by which it is seen how its argument goes."""
_LARGEST = 24
"""Whole numbers around zero beside which an edge is sought: a step is more than the tolerance there."""


def with_edges(model: torch.nn.Module, made: Specimen, seed: int) -> Specimen:
    """``made`` with some elements of one input at such edges, and the others away from them. Raises ``NoCase`` where
    the module rounds nothing of one element, or nothing can be asked of it there."""
    if not ties.listened(model, made).rounds:
        raise NoCase("it rounds nothing")
    floats = [leaf for _, leaf in tensors_in((made.args, made.kwargs)) if leaf.is_floating_point() and leaf.numel()]
    started = time.monotonic()
    for given in sorted(floats, key=torch.Tensor.numel, reverse=True)[:_MOST_INPUTS]:
        exact = _with_powers_of_two(made, given)
        for bases in _BASES:
            found = _at_edges(model, exact, given, bases, seed) if time.monotonic() - started < _SEARCH_S else None
            if found is not None:
                return found
    raise NoCase("no element of an input makes an edge that every order of operations gives")


def _with_powers_of_two(made: Specimen, given: torch.Tensor) -> Specimen:
    """``made``, in which every other number of the floats beside ``given`` is the power of two below it."""

    def change(leaf: Any) -> Any:
        if leaf is given or not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point():
            return leaf
        mantissa, exponent = torch.frexp(leaf.double())
        power = torch.ldexp(mantissa.sign(), exponent - 1).to(leaf.dtype)
        others = torch.arange(leaf.numel()).reshape(leaf.shape) % 2 == 1
        return torch.where(others | ~leaf.isfinite() | (power == 0), leaf, power)

    args, kwargs = tree_map(change, (made.args, made.kwargs))
    return Specimen(args, kwargs, made.names)


def _at_edges(
    model: torch.nn.Module, made: Specimen, given: torch.Tensor, bases: tuple[float, float], seed: int
) -> Specimen | None:
    generator = torch.Generator().manual_seed(seed)
    first, second = (_wide(model, _with(made, given, torch.full_like(given, base)), None) for base in bases)
    for number, (one, other) in enumerate(zip(first, second, strict=False)):
        if one.argument.numel() != given.numel() or other.argument.shape != one.argument.shape:
            continue
        slope = (other.argument - one.argument).reshape(given.shape) / (bases[1] - bases[0])
        moves = slope.isfinite() & (slope != 0)
        if not bool(moves.any()):
            continue
        whole = torch.randint(-_LARGEST, _LARGEST + 1, given.shape, generator=generator).double()
        edge = whole + 0.5 * one.is_to_nearest

        start = bases[0] - one.argument.reshape(given.shape) / slope
        away = torch.where(
            moves, (start + (whole + (0.25 if one.is_to_nearest else 0.5)) / slope).to(given.dtype), given
        )
        chosen, asked = away, torch.zeros_like(moves)
        for tried in _beside((start + edge / slope).to(given.dtype)):
            fits = moves & _asked(model, _with(made, given, torch.where(moves, tried, given)), number, edge)
            chosen, asked = torch.where(fits, tried, chosen), asked | fits
        specimen = _with(made, given, chosen)
        if bool(asked.any()) and _holds(model, specimen, number, edge, asked):
            return specimen
    return None


def _beside(values: torch.Tensor) -> Iterator[torch.Tensor]:
    """They and the numbers next to them: of several that round to one argument some lie on this side of it, some on
    that."""
    for towards in (-torch.inf, torch.inf):
        yield torch.nextafter(values, torch.full_like(values, towards))
    yield values


def _asked(model: torch.nn.Module, specimen: Specimen, number: int, edge: torch.Tensor) -> torch.Tensor:
    """Elements at which the argument of that rounding is the edge, and every way to compute it comes out as it does."""
    none = torch.zeros_like(edge, dtype=torch.bool)
    own = _own(model, specimen)
    ends = [_wide(model, specimen, end) for end in ("low", "high")]
    if number >= len(own) or own[number].kind == UNKNOWN or any(len(found) != len(own) for found in ends):
        return none
    met = own[number].argument.double().reshape(edge.shape) == edge
    for found in ends:
        met &= (found[number].result == own[number].result).reshape(edge.shape)
    return met


def _holds(model: torch.nn.Module, specimen: Specimen, number: int, edge: torch.Tensor, asked: torch.Tensor) -> bool:
    """Whether the edges are still met, and nothing else that the module decides may turn."""
    own = _own(model, specimen)
    ends = [_wide(model, specimen, end) for end in ("low", "high")]
    if any(len(found) != len(own) for found in ends) or ties.listened(model, specimen).compares_near:
        return False
    if not torch.equal(own[number].argument.double().reshape(edge.shape)[asked], edge[asked]):
        return False
    for place, rounding in enumerate(own):
        if rounding.kind == UNKNOWN and ties.is_near_rounding(rounding.argument):
            return False
        if not all(torch.equal(found[place].result, rounding.result) for found in ends):
            return False
    return True


def _own(model: torch.nn.Module, specimen: Specimen) -> list[Rounding]:
    with Edges() as edges:
        reference_run.run(model, specimen)
    return edges.found  # type: ignore[no-any-return]


def _wide(model: torch.nn.Module, specimen: Specimen, end: End | None) -> list[Rounding]:
    with Edges(end) as edges:
        reference_run.run_float64(model, specimen)
    return edges.found  # type: ignore[no-any-return]


def _with(made: Specimen, given: torch.Tensor, value: torch.Tensor) -> Specimen:
    def change(leaf: Any) -> Any:
        return value if leaf is given else leaf

    args, kwargs = tree_map(change, (made.args, made.kwargs))
    return Specimen(args, kwargs, made.names)
