"""How large the integers may be that a module takes, input by input: indices end somewhere, lengths make much.

Asked of the module itself, with integers of every magnitude up to a power of two. Where no result is stepwise, an
average of integers say, they go only as far as PyTorch's own floats are exact and no integer on the way overflows.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.near_integers import work
from kernelagent.worker.judge.rests_on_rounding import stepwise
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.inputs import named_tensors

_TYPES = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
_POWERS = (63, 48, 31, 24, 20, 16, 12, 8)
_GROW = frozenset({"add", "sub", "rsub", "mul", "neg", "abs", "square", "pow", "sum", "cumsum", "prod", "cumprod"})
_LITTLE = 1 << 12
"""What is as large as its integers say is seen to grow by so many more."""
_MOST_SECONDS = 1.0

Reach = Mapping[str, int]
"""Name of an input → the power of two that all its integers may stay below. Others are as the example has them."""


def reach(model: torch.nn.Module, specimen: Specimen, promised: Collection[str]) -> Reach:
    """``promised``: names of inputs that are as they are. Nothing where no integers reach further than the
    example's."""
    given = [(n, t) for n, t in named_tensors(specimen) if t.dtype in _TYPES and t.numel() and n not in promised]
    if not given:
        return {}
    is_stepwise = bool(stepwise(reference_run.run(model, specimen)))
    generator, deadline = torch.Generator().manual_seed(1), time.process_time() + _MOST_SECONDS
    plain = work(model, specimen)
    found: dict[str, int] = {}

    def is_taken(name: str, tensor: torch.Tensor) -> bool:
        tried = with_values(specimen, {name: tensor})
        try:
            return work(model, tried) == plain and (is_stepwise or has_room(model, tried))
        except Exception:  # noqa: BLE001  the module may raise anything on integers that it does not take
            return False

    for name, tensor in given:
        limit = torch.iinfo(tensor.dtype).max
        own = max(abs(int(tensor.max())), abs(int(tensor.min()))).bit_length()
        if not is_taken(name, tensor + min(_LITTLE, max(limit - int(tensor.max()), 0))):
            continue
        whole = limit.bit_length()
        for bits in sorted({*(power for power in _POWERS if own < power <= whole), whole}, reverse=True):
            if bits <= own:
                break
            if time.process_time() > deadline:
                return found
            if is_taken(name, of_every_magnitude(tensor, bits, generator)):
                found[name] = bits
                break
    return found


def has_room(model: torch.nn.Module, specimen: Specimen) -> bool:
    """Whether the floats that it gives are exact, and all integers on the way what they would be in any type."""
    with _Overflows() as watched:
        result = reference_run.run(model, specimen)
    if watched.has_met or not reference_run.is_finite(result.outputs):
        return False
    return reference_run.is_exact(model, specimen, result)


class _Overflows(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Around one call: whether any integer was computed that its type does not hold."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.has_met = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = str(func._schema.name).partition("::")[2].rstrip("_")
        asked = name in _GROW and not func._schema.is_mutable
        result = func(*args, **kwargs)
        if asked and isinstance(result, torch.Tensor) and _is_whole(result):
            wide = func(*tree_map(_widened, args), **tree_map(_widened, kwargs))
            limits = torch.iinfo(result.dtype)
            self.has_met |= bool(((wide < limits.min) | (wide > float(limits.max))).any())
        return result


def _is_whole(leaf: Any) -> bool:
    is_tensor = isinstance(leaf, torch.Tensor)
    return is_tensor and not (leaf.is_floating_point() or leaf.is_complex() or leaf.dtype == torch.bool)


def _widened(leaf: Any) -> Any:
    if _is_whole(leaf):
        return leaf.double()
    return torch.float64 if isinstance(leaf, torch.dtype) and leaf in _TYPES else leaf


def takes_more(model: torch.nn.Module, specimen: Specimen, promised: Collection[str]) -> bool:
    """Whether it takes any integers a little past the example's: indices end."""
    for name, tensor in named_tensors(specimen):
        if tensor.dtype in _TYPES and tensor.numel() and name not in promised:
            more = min(_LITTLE, torch.iinfo(tensor.dtype).max - int(tensor.max()))
            with contextlib.suppress(Exception):  # it may raise anything where it does not
                reference_run.run(model, with_values(specimen, {name: tensor + max(more, 0)}))
                return True
    return False


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
