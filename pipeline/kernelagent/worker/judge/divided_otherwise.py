"""A few calls again with each ``/`` of float32 off by as much as a GPU's may be: what jumps then is wrong on a GPU.

``floor(a / b)`` of equal numbers is 1 where quotients are exact and may be 0 on a GPU. A smooth result moves by about
as little as the quotient; one that moves far, and no further where the quotient is moved by many times as much, has
jumped. ``tl.div_rn`` divides exactly everywhere.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch

from kernelagent.worker.judge.divisions import UNITS, Divisions
from kernelagent.worker.problem.tensors import tensors_in

CASES = ("whole numbers", "few whole numbers")
"""Kinds of values of the cases that are made again, besides the example."""
_MOST = 4
"""Cases."""
_FURTHER = 16
"""Times as far, to tell what jumps from what is steep."""
_FAR = 1e-3
"""Of an element, and of the root mean square of its tensor: more is no rounding."""
_MOST_LINES = 4


def chosen(cases: list[dict[str, Any]]) -> set[int]:
    """Numbers of those cases that are made again."""
    kinds: dict[str, int] = {}
    for number, case in enumerate(cases):
        follows = case["follows"] or (number + 1 < len(cases) and cases[number + 1]["follows"])
        if (not number or case["values"] in CASES) and not case["empty"] and not follows:
            kinds.setdefault(case["values"] if number else "the example itself", number)
    return {*[*kinds.values()][:_MOST]}


def jumps(divisions: Divisions, plain: Any, again: Callable[[], Any]) -> dict[str, Any] | None:
    """What of ``plain`` jumps, and the line of the ``/`` that makes it. ``again``: the same call."""

    def at(units: int, line: int = 0) -> Any:
        divisions.units, divisions.line, divisions.lines = units, line, {}
        try:
            return again()
        finally:
            divisions.units = divisions.line = 0

    for units in (UNITS, -UNITS):
        other = at(units)
        lines = [line for line in divisions.lines if line]
        if found := _first(plain, other, functools.partial(at, units * _FURTHER)):
            alone = (n for n in lines[:_MOST_LINES] if len(lines) > 1 and _first(plain, at(units, n), None))
            return {**found, "line": next(alone, lines[0] if lines else None)}
    return None


def _first(plain: Any, other: Any, further: Callable[[], Any] | None) -> dict[str, Any] | None:
    others = dict(tensors_in({"outputs": other}))
    pairs = [(path, one, others.get(path)) for path, one in tensors_in({"outputs": plain})]
    far = [(path, one, two, _far(one, two)) for path, one, two in pairs if two is not None and two.shape == one.shape]
    if not any(bool(where.any()) for *_, where in far):
        return None
    beyond = dict(tensors_in({"outputs": further()})) if further is not None else {}
    for path, one, two, is_far in far:
        where = is_far
        three = beyond.get(path)
        if three is not None and three.shape == one.shape and one.is_floating_point():
            steep = (three.double() - one.double()).abs() > _FURTHER / 4 * (two.double() - one.double()).abs()
            where = where & ~steep
        if bool(where.any()):
            place = int(where.reshape(-1).to(torch.uint8).argmax())
            return {"plain": str(one.reshape(-1)[place].item()), "moved": str(two.reshape(-1)[place].item())}
    return None


def _far(one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
    if one.is_complex() or one.dtype != two.dtype:
        return torch.zeros(one.shape, dtype=torch.bool)
    if not one.is_floating_point():
        return one != two
    a, b = one.double(), two.double()
    finite = a.isfinite()
    usual = float(a[finite].square().mean().sqrt()) if bool(finite.any()) else 0.0
    return finite & (~b.isfinite() | ((a - b).abs() > _FAR * a.abs().clamp(min=usual)))
