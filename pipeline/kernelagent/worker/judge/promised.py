"""What an example's inputs are in every draw, beyond their type: a permutation, offsets that rise, the cosines of a
rotary embedding twice over.

A scatter by a permutation is defined, one by indices that come twice is not; a kernel over packed sequences rests on
offsets that rise from 0 to the number of tokens, and the module's own ``forward`` does not say so. What the user's
inputs show in every draw is kept in every case, and the verdict says that nothing else was tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch.utils._pytree import tree_flatten, tree_unflatten

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.inputs import named_tensors

NOT_NEGATIVE = "not negative"
WITHIN = "within a size"
DRAWS = 4
"""Of the example's inputs, by which they are known."""
FLOATS = frozenset({torch.float16, torch.bfloat16, torch.float32, torch.float64})
INTEGERS = frozenset({torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64})
"""Types whose values PyTorch compares."""
_LEAST = 3
"""Elements from which on order is no accident."""


@dataclass(frozen=True)
class Promise:
    """Of one input; all that follows is of its last dimension."""

    name: str
    what: str
    """``a permutation``, ``rising``, ``rising from 0``, ``within a size`` or ``not negative``, of integers; ``two equal
    halves`` or ``equal pairs``, of floats"""
    ends_at: tuple[str, int] | None = None
    """Input and dimension whose size is the last of them, or that none exceeds."""
    size: int = 0
    """What that is in the example, for those within it."""
    is_reached: bool = False
    """The last of them is that size; of those within it, some may be."""

    @property
    def is_of_floats(self) -> bool:
        return self.what in _OF_FLOATS

    @property
    def note(self) -> str:
        if self.what == NOT_NEGATIVE:
            return f"{self.name} below 0, which the module counts from the end, where no draw of the example is"
        size = "" if self.ends_at is None else f"{self.ends_at[0]}.shape[{self.ends_at[1]}]"
        if self.what == WITHIN:
            return f"{self.name} above {size}{'' if self.is_reached else ' - 1'}, where no draw of the example is"
        to = f" to {size}" if self.is_reached else ""
        return f"{self.name} {_BROKEN[self.what]}{to} along its last dimension, which no draw of the example has"


def promises(draws: Sequence[Specimen], from_the_end: Iterable[str] = ()) -> tuple[Promise, ...]:
    """What holds in all of ``draws``, which differ in their seed alone. ``from_the_end``: names of inputs that are not
    negative, though the module counts negative ones from the end."""
    named = [dict(named_tensors(draw)) for draw in draws]
    if any({n: t.dim() for n, t in draw.items()} != {n: t.dim() for n, t in named[0].items()} for draw in named):
        return ()
    found: list[Promise] = []
    for name in named[0]:
        promise = _of_one(name, [draw[name] for draw in named], named, [p.ends_at for p in found if p.is_reached])
        found += [] if promise is None else [promise]
    return (*(Promise(name, NOT_NEGATIVE) for name in from_the_end), *found)


def _of_one(
    name: str,
    tensors: list[torch.Tensor],
    named: list[dict[str, torch.Tensor]],
    taken: list[tuple[str, int] | None],
) -> Promise | None:
    """``taken``: sizes that others end at; of several that fit the first other one is it: queries' offsets come before
    keys' as queries do."""
    first = tensors[0]
    if first.layout is not torch.strided:
        return None
    if first.dtype in FLOATS:
        known = [what for what, holds in _OF_FLOATS.items() if all(map(holds, tensors))]
        return Promise(name, known[0]) if known else None
    if first.dtype not in INTEGERS:
        return None
    if not first.dim() or first.shape[-1] < _LEAST or any(_counts_up(tensor) for tensor in tensors):
        return None
    if all(map(_is_permutation, tensors)):
        return Promise(name, "a permutation")
    if not all(map(_rises, tensors)):
        return _within(name, tensors, named)
    sizes = [(other, axis) for other in named[0] if other != name for axis in range(named[0][other].dim())]
    sizes.sort(key=lambda size: size[1])  # what is packed comes first in its tensor
    pairs = list(zip(tensors, named, strict=True))
    ends = [s for s in sizes if all(bool((t[..., -1] == draw[s[0]].shape[s[1]]).all()) for t, draw in pairs)]
    what = "rising from 0" if all(bool((tensor[..., 0] == 0).all()) for tensor in tensors) else "rising"
    if ends:
        return Promise(name, what, next((e for e in ends if e not in taken), ends[0]), is_reached=True)
    most = max(int(tensor.max()) for tensor in tensors)
    near = (s for s in sizes if most < named[0][s[0]].shape[s[1]] < 2 * most)
    return Promise(name, what, next(near, None))


def _within(name: str, tensors: list[torch.Tensor], named: list[dict[str, torch.Tensor]]) -> Promise | None:
    """Lengths of padded sequences: the largest of them is a size of another input, or all stay below one and some come
    near it."""
    most, least = max(int(t.max()) for t in tensors), min(int(t.min()) for t in tensors)
    sizes = [(n, other, axis) for other, tensor in named[0].items() for axis, n in enumerate(tensor.shape)]
    found = sorted((n, axis, other) for n, other, axis in sizes if other != name and most <= n and 4 * most > 3 * n)
    if least < 0 or most < _LEAST or not found:
        return None
    size, axis, other = found[0]
    return Promise(name, WITHIN, (other, axis), size, is_reached=most == size)


def with_promised_sizes(problem: Problem, promised: Sequence[Promise]) -> Problem:
    """``problem`` with the sizes even along which an input stands twice, and of two at least along which one rises from
    0 to a size: it has a first and a last."""
    last = {spec.name: spec.dims[-1] for spec in problem.inputs if spec.dims}
    even = {last.get(promise.name) for promise in promised if promise.what in _OF_FLOATS}
    with_ends = {last.get(p.name) for p in promised if p.what == "rising from 0" and p.is_reached}
    sizes = (
        replace(f, multiple_of=2 * f.multiple_of, minimum=f.minimum + f.minimum % 2)
        if f.symbol in even and f.multiple_of % 2
        else replace(f, minimum=max(f.minimum, 2))
        if f.symbol in with_ends
        else f
        for f in problem.free_sizes
    )
    return replace(problem, free_sizes=tuple(sizes))


def kept(specimen: Specimen, promised: Sequence[Promise], seed: int) -> Specimen:
    """``specimen`` with inputs that are as they are promised to be, in other tensors where they were not."""
    if not promised:
        return specimen
    given = dict(named_tensors(specimen))
    originals = {name: id(tensor) for name, tensor in given.items()}
    changed: dict[int, torch.Tensor] = {}
    for promise in promised:
        tensor = given.get(promise.name)
        if tensor is not None and tensor.numel() and not _holds(tensor, promise, given):
            made = _made(tensor, promise, given, torch.Generator().manual_seed(seed))
            changed[originals[promise.name]] = given[promise.name] = made
    leaves, tree = tree_flatten((specimen.args, specimen.kwargs))
    args, kwargs = tree_unflatten([changed.get(id(leaf), leaf) for leaf in leaves], tree)
    return Specimen(args, kwargs, specimen.names)


def _holds(tensor: torch.Tensor, promise: Promise, given: dict[str, torch.Tensor]) -> bool:
    if promise.what == "a permutation":
        return _is_permutation(tensor)
    if promise.what == NOT_NEGATIVE:
        return int(tensor.min()) >= 0
    if promise.what in _OF_FLOATS:
        return tensor.shape[-1] % 2 == 0 and _OF_FLOATS[promise.what](tensor)
    size = _size(promise, given)
    if promise.what == WITHIN and size is not None:
        largest = int(tensor.max())
        return largest <= size - (not promise.is_reached) and (size <= promise.size or largest > promise.size)
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
    if promise.what == NOT_NEGATIVE:
        return _like(tensor, torch.where(tensor < 0, -1 - tensor, tensor))
    if promise.what in _OF_FLOATS:
        if tensor.shape[-1] % 2:
            raise NoCase(f"{promise.name} has {promise.what} in every draw of the example")
        half = tensor[..., : tensor.shape[-1] // 2]
        twice = torch.cat([half, half], -1) if promise.what == "two equal halves" else half.repeat_interleave(2, -1)
        return _like(tensor, twice)
    size = _size(promise, given)
    if promise.what == WITHIN and size is not None:
        within = tensor.clamp(min=0) % (promise.size + 1) * size // promise.size
        return _like(tensor, within.clamp(max=max(size - (not promise.is_reached), 0)))
    values = tensor.sort(-1).values if size is None else _cuts(tensor.shape, size, generator)
    if promise.what == "rising from 0":
        values[..., 0] = 0
    if promise.is_reached and size is not None and values.shape[-1] > (promise.what == "rising from 0"):
        values[..., -1] = size
    return _like(tensor, values)


def _cuts(shape: torch.Size, size: int, generator: torch.Generator) -> torch.Tensor:
    """Numbers up to ``size`` that rise, most of it between two of them: one sequence is longer than any block."""
    around = max(size // 8, 1)
    early, late = (torch.randint(0, around, shape, generator=generator) for _ in range(2))
    is_late = torch.rand(shape, generator=generator) < 0.5
    return torch.where(is_late, size - 1 - late, early).clamp(min=0).sort(-1).values


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
    return _is_even(tensor) and _are_equal(*tensor.chunk(2, -1))


def _has_equal_pairs(tensor: torch.Tensor) -> bool:
    return _is_even(tensor) and _are_equal(tensor[..., ::2], tensor[..., 1::2])


def _is_even(tensor: torch.Tensor) -> bool:
    return tensor.dim() > 0 and tensor.shape[-1] >= 2 * _LEAST and tensor.shape[-1] % 2 == 0


def _are_equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    """And not all the same number."""
    return torch.equal(one, other) and not torch.equal(one[..., 1:], one[..., :-1])


_BROKEN: dict[str, str] = {
    "a permutation": "with a number that comes twice, or not at all,",
    "rising": "with numbers that do not rise",
    "rising from 0": "with numbers that do not rise from 0",
    "two equal halves": "with halves that differ",
    "equal pairs": "with pairs that differ",
}
"""What is promised → what an input has that does not keep it."""
_OF_FLOATS: dict[str, Callable[[torch.Tensor], bool]] = {
    "two equal halves": _has_equal_halves,
    "equal pairs": _has_equal_pairs,
}


def _rises(tensor: torch.Tensor) -> bool:
    return bool((tensor[..., 1:] >= tensor[..., :-1]).all()) and bool((tensor[..., -1] > tensor[..., 0]).all())


def _counts_up(tensor: torch.Tensor) -> bool:
    """Places, one after the other: whoever gives them may give others."""
    return bool((tensor.diff(dim=-1) == 1).all())
