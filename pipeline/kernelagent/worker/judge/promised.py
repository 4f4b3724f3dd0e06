"""What an example's inputs are in every draw, beyond their type: a permutation, offsets that rise, the cosines of a
rotary embedding twice over.

A scatter by a permutation is defined, one by indices that come twice is not; a kernel over packed sequences rests on
offsets that rise from 0 to the number of tokens, and the module's own ``forward`` does not say so. What the user's
inputs show in every draw is kept in every case, and the verdict says that nothing else was tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.utils._pytree import tree_flatten, tree_unflatten

from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.inputs import named_tensors

DRAWS = 4
"""Of the example's inputs, by which they are known."""
_LEAST = 3
"""Elements from which on order is no accident."""


@dataclass(frozen=True)
class Promise:
    """Of one input; all that follows is of its last dimension."""

    name: str
    what: str
    """``a permutation``, ``rising``, or ``rising from 0``, of integers; ``two equal halves``, of floats"""
    ends_at: tuple[str, int] | None = None
    """Input and dimension whose size is the last of them, or that none exceeds."""
    is_reached: bool = False
    """The last of them is that size."""

    @property
    def note(self) -> str:
        return f"{self.name} other than {self.what} along its last dimension, as every draw of the example is"


def promises(draws: Sequence[Specimen]) -> tuple[Promise, ...]:
    """What holds in all of ``draws``, which differ in their seed alone."""
    named = [dict(named_tensors(draw)) for draw in draws]
    found = (_of_one(name, [draw[name] for draw in named], named) for name in named[0])
    return tuple(promise for promise in found if promise is not None)


def _of_one(name: str, tensors: list[torch.Tensor], named: list[dict[str, torch.Tensor]]) -> Promise | None:
    first = tensors[0]
    if first.is_floating_point():
        return Promise(name, "two equal halves") if all(map(_has_equal_halves, tensors)) else None
    if first.is_complex() or first.dtype == torch.bool:
        return None
    if not first.dim() or first.shape[-1] < _LEAST or any(_counts_up(tensor) for tensor in tensors):
        return None
    if all(map(_is_permutation, tensors)):
        return Promise(name, "a permutation")
    if not all(map(_rises, tensors)):
        return None
    if not all(bool((tensor[..., 0] == 0).all()) for tensor in tensors):
        return Promise(name, "rising")
    sizes = [(other, axis) for other in named[0] if other != name for axis in range(named[0][other].dim())]
    pairs = list(zip(tensors, named, strict=True))
    for other, axis in sizes:
        if all(bool((tensor[..., -1] == draw[other].shape[axis]).all()) for tensor, draw in pairs):
            return Promise(name, "rising from 0", (other, axis), is_reached=True)
    within = (s for s in sizes if all(int(tensor.max()) < draw[s[0]].shape[s[1]] for tensor, draw in pairs))
    return Promise(name, "rising from 0", next(within, None))


def kept(specimen: Specimen, promised: Sequence[Promise], seed: int) -> Specimen:
    """``specimen`` with inputs that are as they are promised to be, in other tensors where they were not."""
    if not promised:
        return specimen
    given = dict(named_tensors(specimen))
    changed: dict[int, torch.Tensor] = {}
    for promise in promised:
        tensor = given.get(promise.name)
        if tensor is not None and tensor.numel() and not _holds(tensor, promise, given):
            changed[id(tensor)] = _made(tensor, promise, given, torch.Generator().manual_seed(seed))
    leaves, tree = tree_flatten((specimen.args, specimen.kwargs))
    args, kwargs = tree_unflatten([changed.get(id(leaf), leaf) for leaf in leaves], tree)
    return Specimen(args, kwargs, specimen.names)


def _holds(tensor: torch.Tensor, promise: Promise, given: dict[str, torch.Tensor]) -> bool:
    if promise.what == "a permutation":
        return _is_permutation(tensor)
    if promise.what == "two equal halves":
        return tensor.shape[-1] % 2 == 0 and _has_equal_halves(tensor)
    size = _size(promise, given)
    return (
        bool((tensor[..., 1:] >= tensor[..., :-1]).all())
        and (promise.what == "rising" or bool((tensor[..., 0] == 0).all()))
        and (size is None or int(tensor.max()) <= size)
        and (not promise.is_reached or bool((tensor[..., -1] == torch.tensor(size or 0)).all()))
    )


def _made(
    tensor: torch.Tensor, promise: Promise, given: dict[str, torch.Tensor], generator: torch.Generator
) -> torch.Tensor:
    if promise.what == "a permutation":
        values = torch.rand(tensor.shape, generator=generator).argsort(-1)
        return _like(tensor, values)
    if promise.what == "two equal halves":
        if tensor.shape[-1] % 2:
            raise ValueError(f"{promise.name} has two equal halves in every draw of the example")
        return _like(tensor, tensor[..., : tensor.shape[-1] // 2].repeat(*[1] * (tensor.dim() - 1), 2))
    size = _size(promise, given)
    if size is None:
        values = tensor.sort(-1).values
    else:
        values = torch.randint(0, size + promise.is_reached, tensor.shape, generator=generator).sort(-1).values
    if promise.what == "rising from 0":
        values[..., 0] = 0
    if promise.is_reached and size is not None and values.shape[-1] > 1:
        values[..., -1] = size
    return _like(tensor, values)


def _size(promise: Promise, given: dict[str, torch.Tensor]) -> int | None:
    return None if promise.ends_at is None else given[promise.ends_at[0]].shape[promise.ends_at[1]]


def _like(tensor: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """``values`` where ``tensor`` lies; in memory of their own where its elements share theirs."""
    if 0 in tensor.stride():
        return values.to(tensor.dtype)
    return tensor.copy_(values)


def _is_permutation(tensor: torch.Tensor) -> bool:
    count = torch.arange(tensor.shape[-1], dtype=tensor.dtype)
    return torch.equal(tensor.sort(-1).values, count.expand(tensor.shape))


def _has_equal_halves(tensor: torch.Tensor) -> bool:
    if not tensor.dim() or tensor.shape[-1] < 2 * _LEAST or tensor.shape[-1] % 2:
        return False
    one, other = tensor.chunk(2, -1)
    return torch.equal(one, other) and not torch.equal(one[..., 1:], one[..., :-1])


def _rises(tensor: torch.Tensor) -> bool:
    return bool((tensor[..., 1:] >= tensor[..., :-1]).all()) and bool((tensor[..., -1] > tensor[..., 0]).all())


def _counts_up(tensor: torch.Tensor) -> bool:
    """Places, one after the other: whoever gives them may give others."""
    return bool((tensor.diff(dim=-1) == 1).all())
