"""Inputs that are shares of a whole, with some shares moved: elements that are exactly 0, and all in one.

Probabilities that add up to 1, counts, and lengths of the parts of another input hold no zeros in a random draw, and a
module that asserts their sum, or splits by them, refuses all other values. So what one element has is given to another
one: every sum stays, of floats to rounding.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch.utils._pytree import tree_map

from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.promised import FLOATS, INTEGERS
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.inputs import named_tensors

SHARES: Values = "shares of a whole"
KINDS_OF_MOVES = 6
"""One's share to the next; all in one; every other one's to the next; the last one's to the first; the first one's to
the last; all in the last."""
_ROUNDING = 1e-5


@dataclass(frozen=True)
class Whole:
    """Of one input: no element is negative, and its sums are the same in every draw of the example."""

    name: str
    along: int | None
    """Dimension, counted from the end, along which it is summed up; ``None``: all of it."""
    ends_at: tuple[tuple[str, int], ...] = ()
    """Inputs and dimensions whose size the sums are, of integers."""


def wholes(draws: Sequence[Specimen], otherwise: Collection[str]) -> tuple[Whole, ...]:
    """In all of ``draws``, which differ in their seed alone. ``otherwise``: names of inputs that promise something that
    moving shares would break."""
    named = [dict(named_tensors(draw)) for draw in draws]
    if any({n: t.shape for n, t in draw.items()} != {n: t.shape for n, t in named[0].items()} for draw in named):
        return ()
    found = (_of_one(name, [draw[name] for draw in named], named[0]) for name in named[0] if name not in otherwise)
    return tuple(whole for whole in found if whole is not None)


def with_shares_moved(specimen: Specimen, found: Sequence[Whole], turn: int, seed: int) -> Specimen:
    """``turn``: number of the kind of move that the first row has. Where several inputs are shares, only one is changed
    in every other turn. Raises ``NoCase`` where none is."""
    given = dict(named_tensors(specimen))
    if turn % 2 == 1 and found:
        found = [found[turn // 2 % len(found)]]
    made: dict[int, torch.Tensor] = {}
    for number, whole in enumerate(found):
        tensor = given.get(whole.name)
        if tensor is not None and tensor.numel() and _length(tensor, whole.along) > 1:
            sizes = [given[name].shape[axis] for name, axis in whole.ends_at]
            made[id(tensor)] = _moved(tensor, whole.along, sizes, turn + number, seed)
    if not made:
        raise NoCase("no input is shares of a whole")
    args, kwargs = tree_map(lambda leaf: made.get(id(leaf), leaf), (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def _of_one(name: str, tensors: list[torch.Tensor], named: dict[str, torch.Tensor]) -> Whole | None:
    first = tensors[0]
    is_meant = first.layout is torch.strided and first.dtype in FLOATS | INTEGERS and first.dim() and first.numel()
    if not is_meant or any(bool((t < 0).any()) or bool(t.min() == t.max()) for t in tensors):
        return None
    for along in _ways(first):
        rows = torch.cat([_rows(tensor, along) for tensor in tensors])
        sums = rows.sum(-1).double()
        whole = float(sums[0])
        slack = 0.0 if first.dtype in INTEGERS else _ROUNDING + torch.finfo(first.dtype).eps
        if rows.shape[-1] < 2 or not 0 < whole < float("inf") or float(sums.max() - sums.min()) > slack * whole:
            continue
        differ = bool((rows != rows[0]).any())
        if first.dtype in FLOATS and (differ or abs(whole - 1) <= slack):
            return Whole(name, along)
        sizes = [(n, axis) for n, t in named.items() if n != name for axis in range(t.dim()) if t.shape[axis] == whole]
        if first.dtype in INTEGERS and (differ or sizes):
            return Whole(name, along, tuple(sizes))
    return None


def _ways(tensor: torch.Tensor) -> Iterator[int | None]:
    yield from range(-1, -tensor.dim() - 1, -1)
    if tensor.dim() > 1:
        yield None


def _length(tensor: torch.Tensor, along: int | None) -> int:
    return tensor.numel() if along is None else tensor.shape[along]


def _rows(tensor: torch.Tensor, along: int | None) -> torch.Tensor:
    wide = tensor.double() if tensor.is_floating_point() else tensor.long()
    return wide.reshape(1, -1) if along is None else wide.movedim(along, -1).reshape(-1, tensor.shape[along])


def _moved(tensor: torch.Tensor, along: int | None, sizes: list[int], turn: int, seed: int) -> torch.Tensor:
    """``sizes``: what the sums may be; empty: what they are."""
    rows = _rows(tensor, along)
    if sizes and not all(int(whole) in sizes for whole in rows.sum(-1)):
        ends = rows.cumsum(-1) * sizes[0] // rows.sum(-1, keepdim=True).clamp(min=1)
        rows = ends.diff(dim=-1, prepend=torch.zeros_like(ends[:, :1]))
    count, n = rows.shape
    generator = torch.Generator().manual_seed(seed + turn)
    steps = torch.arange(n).expand(count, n)
    one = torch.randint(0, n - 1, (count, 1), generator=generator)
    moves = (
        torch.where(steps == one, steps + 1, steps),
        one.expand(count, n),
        torch.where(steps % 2 == 0, steps + 1, steps).clamp(max=n - 1),
        steps % (n - 1),
        torch.where(steps == 0, n - 1, steps),
        torch.full_like(steps, n - 1),
    )
    kind = (torch.arange(count) + turn) % KINDS_OF_MOVES
    to = torch.stack(moves)[kind, torch.arange(count)]
    moved = torch.zeros_like(rows).scatter_add(-1, to, rows).to(tensor.dtype)
    if along is None:
        return moved.reshape(tensor.shape)
    return moved.reshape(tensor.movedim(along, -1).shape).movedim(-1, along).contiguous()
