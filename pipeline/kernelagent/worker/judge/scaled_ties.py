"""Halves for what rounds after dividing by a scale of its own: a quantiser whose scale is its row's largest by 127.

No value by itself is a half there, for the scale goes with the values. So the largest of each row is the module's own
number, and the rest are halves below it, each row times another power of two: the scale is that power then, which every
exact arithmetic gives. Whether that comes off is seen by ``ties.are_met``.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._pytree import tree_map

from kernelagent.worker.judge import ties
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.sureness import is_short
from kernelagent.worker.problem import Specimen

_LEAST, _MOST, _MOST_NUMBERS = 2.0, 2048.0, 8
_POWERS = (0, 1, -1, 2, -2)


def with_halves(model: torch.nn.Module, made: Specimen, seed: int) -> Specimen:
    """``made`` with such rows. Raises ``NoCase`` where the module rounds nothing, or no number of its own serves."""
    heard = ties.listened(model, made)
    if not heard.rounds:
        raise NoCase("it rounds nothing")
    own = dict.fromkeys(abs(float(n)) for n in heard.numbers)
    tops = [n for n in own if _LEAST <= n <= _MOST and n.is_integer() and is_short(n)]
    for top in sorted(tops, reverse=True)[:_MOST_NUMBERS]:
        for is_signed in (True, False):
            specimen = _of_halves(made, top, is_signed, seed)
            if ties.are_met(model, specimen):
                return specimen
    raise NoCase("no number of its own makes the scale exact")


def _of_halves(made: Specimen, top: float, is_signed: bool, seed: int) -> Specimen:
    generator = torch.Generator().manual_seed(seed)

    def change(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point() or not leaf.dim() or not leaf.numel():
            return leaf
        found = torch.randint(int(top), leaf.shape, generator=generator).double() + 0.5
        if is_signed:
            found *= torch.where(torch.rand(leaf.shape, generator=generator) < 0.5, -1.0, 1.0)
        found[..., 1::5] = 0.0
        found[..., ::5] = top
        powers = torch.tensor(_POWERS)[torch.arange(found[..., 0].numel()) % len(_POWERS)].reshape(found.shape[:-1])
        return (found * torch.exp2(powers.double())[..., None]).to(leaf.dtype)

    args, kwargs = tree_map(change, (made.args, made.kwargs))
    return Specimen(args, kwargs, made.names)
