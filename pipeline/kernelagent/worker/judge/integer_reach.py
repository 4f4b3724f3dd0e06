"""How large the integers may be that a module takes, input by input: indices end somewhere, lengths make much.

Asked of the module itself, with integers of every magnitude up to a power of two, where its results are stepwise.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

import torch
from torch.utils._pytree import tree_map

from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.near_integers import work
from kernelagent.worker.judge.rests_on_rounding import stepwise
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.inputs import named_tensors

_TYPES = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
_POWERS = (63, 48, 31, 24, 20, 16, 12, 8)
_LITTLE = 1 << 12
"""What is as large as its integers say is seen to grow by so many more."""
_MOST_SECONDS = 1.0

Reach = Mapping[str, int]
"""Name of an input → the power of two that all its integers may stay below. Others are as the example has them."""


def reach(model: torch.nn.Module, specimen: Specimen, promised: Collection[str]) -> Reach:
    """``promised``: names of inputs that are as they are. Nothing where no result is stepwise, or no integers reach
    further than the example's."""
    given = [(n, t) for n, t in named_tensors(specimen) if t.dtype in _TYPES and t.numel() and n not in promised]
    if not given or not stepwise(reference_run.run(model, specimen)):
        return {}
    generator, deadline = torch.Generator().manual_seed(1), time.process_time() + _MOST_SECONDS
    plain = work(model, specimen)
    found: dict[str, int] = {}

    def is_taken(name: str, tensor: torch.Tensor) -> bool:
        try:
            return work(model, with_values(specimen, {name: tensor})) == plain
        except Exception:  # noqa: BLE001  the module may raise anything on integers that it does not take
            return False

    for name, tensor in given:
        limit = torch.iinfo(tensor.dtype).max
        own = max(abs(int(tensor.max())), abs(int(tensor.min()))).bit_length()
        if not is_taken(name, tensor + min(_LITTLE, max(limit - int(tensor.max()), 0))):
            continue
        for bits in (power for power in _POWERS if own < power <= limit.bit_length()):
            if time.process_time() > deadline:
                return found
            if is_taken(name, of_every_magnitude(tensor, bits, generator)):
                found[name] = bits
                break
    return found


def with_values(specimen: Specimen, values: Mapping[str, torch.Tensor]) -> Specimen:
    """``values``: by the name of an input."""
    others = {id(tensor): values[name] for name, tensor in named_tensors(specimen) if name in values}
    args, kwargs = tree_map(lambda leaf: others.get(id(leaf), leaf), (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def of_every_magnitude(
    tensor: torch.Tensor, bits: float, generator: torch.Generator, least: float = 0.0
) -> torch.Tensor:
    """Integers whose logarithms lie evenly from 2**``least`` to 2**``bits``; of either sign where ``tensor``'s are."""
    drawn = torch.rand(tensor.shape, generator=generator, dtype=torch.float64)
    return signed(torch.exp2(least + drawn * (bits - least)).long(), tensor, generator).to(tensor.dtype)


def signed(values: torch.Tensor, tensor: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Half of ``values`` below 0 where any of ``tensor`` is."""
    if not bool((tensor < 0).any()):
        return values
    return torch.where(torch.rand(values.shape, generator=generator) < 0.5, -values, values)
