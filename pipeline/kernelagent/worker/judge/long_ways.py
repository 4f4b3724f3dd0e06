"""Inputs that keep a loop going for as long as its sizes say: a module that goes on step after step has settled after a
few of them on random inputs, and a kernel that stops early, looks at a band only or has room for a few would never be
seen.

What takes long differs by what is computed: the only way through a graph that visits all nodes, a corridor that
winds through all of a picture, with one end of it in another picture, parents of which each is the next one's, a carry
through all digits, two sequences of which one is the other shifted, and what is opened first and closed last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.turns import in_module, place_of_call
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen

LONG_WAYS: Values = "values that take long"
_Change = Callable[[torch.Tensor, int], torch.Tensor | None]
"""Of an input and its number among those that are changed; ``None`` where it has no room."""
_A_LOOP = 4
_LEAST = 4
"""Steps, below which no way is long."""
_INTEGERS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


class Repeats(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Around one call of a module: how often each place in its text was come by."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._counts: Counter[Hashable] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self._counts[place_of_call(in_module)] += 1
        return func(*args, **(kwargs or {}))

    def go_by_size(self, specimen: Specimen) -> bool:
        """Whether some place was come by as often as a dimension of an input is long, or two of them are."""
        shapes = [leaf.shape for leaf in tree_leaves((specimen.args, specimen.kwargs)) if _is_row(leaf)]
        lengths = {n for shape in shapes for n in shape}
        near = {n + off for n in lengths for off in (-1, 0, 1)}
        both = {one * other for one in near for other in near}
        return any(n >= _A_LOOP and n in near | both for n in self._counts.values())


def with_long_ways(specimen: Specimen, turn: int) -> Specimen:
    """``turn``: of :data:`WAYS`. Raises ``NoCase`` where no input has room for one."""
    way, number = _WAYS[WAYS[turn]], 0

    def changed(leaf: Any) -> Any:
        nonlocal number
        found = way.change(leaf, number) if _is_row(leaf) else None
        if found is None:
            return leaf
        number += 1
        return found.to(leaf.dtype).contiguous()

    args, kwargs = tree_map(changed, (specimen.args, specimen.kwargs))
    if number < way.least_inputs:
        raise NoCase("no input has room for it, or too few have")
    return Specimen(args, kwargs, specimen.names)


def _is_row(leaf: Any) -> bool:
    is_meant = isinstance(leaf, torch.Tensor) and not leaf.is_complex() and leaf.dim() > 0
    return is_meant and leaf.numel() > 0 and max(leaf.shape) >= _LEAST


def _ends(leaf: torch.Tensor) -> tuple[float, float]:
    """The least and the largest of its values, which an example may hold."""
    return float(leaf.min()), float(leaf.max())


def _costs(leaf: torch.Tensor, number: int) -> torch.Tensor | None:
    """Square matrices: from each node only the next one is near, by small numbers."""
    low, high = _ends(leaf)
    if leaf.dtype.is_floating_point:  # as far from each other as the values are, and no zeros that hide steps
        far = max(abs(low), abs(high))
        return _chains(leaf, number, far / (4 * leaf.shape[-1]), far, 0.0)
    return _chains(leaf, number, low, high, 0.0)


def _links(leaf: torch.Tensor, number: int) -> torch.Tensor | None:
    """Square matrices: each node is linked to itself and to the next one, by large numbers."""
    low, high = (0.0, 1.0) if leaf.dtype == torch.bool else _ends(leaf)
    return _chains(leaf, number, high, low, high)


def _chains(leaf: torch.Tensor, number: int, near: float, far: float, own: float) -> torch.Tensor | None:
    """In both directions, in one, in the other, or in one and in a drawn order."""
    if leaf.dim() < 2 or leaf.shape[-1] != leaf.shape[-2] or leaf.shape[-1] < _LEAST:
        return None
    n = leaf.shape[-1]
    flat = torch.full((leaf.numel() // (n * n), n, n), far, dtype=torch.float64)
    generator = torch.Generator().manual_seed(number)
    for which, matrix in enumerate(flat):
        order = torch.randperm(n, generator=generator) if which % 4 == 3 else torch.arange(n)
        ahead, behind = order[:-1], order[1:]
        if which % 4 != 2:
            matrix[ahead, behind] = near
        if which % 4 in (0, 2):
            matrix[behind, ahead] = near
        matrix.fill_diagonal_(own)
    return flat.reshape(leaf.shape)


def _corridors(leaf: torch.Tensor, number: int) -> torch.Tensor | None:
    """Pictures: every other line is on one side, and so is one end of those between, so that it all hangs together;
    lying, standing, and the same with the sides changed."""
    if leaf.dim() < 2 or min(leaf.shape[-2:]) < _LEAST:
        return None
    height, width = leaf.shape[-2:]
    low, high = (0.0, 1.0) if leaf.dtype == torch.bool else _ends(leaf)
    flat = torch.empty((leaf.numel() // (height * width), height, width), dtype=torch.float64)
    for which, picture in enumerate(flat):
        lines = picture if which % 2 == 0 else picture.t()
        inside, outside = (high, low) if which % 4 < 2 else (low, high)
        lines.fill_(inside)
        lines[1::2] = outside
        lines[1::4, -1], lines[3::4, 0] = inside, inside
    return flat.reshape(leaf.shape)


def _seeded(leaf: torch.Tensor, number: int, of: int) -> torch.Tensor | None:
    """Pictures as above, but for that of number ``of``, in which there is nothing but one end of the corridor."""
    found = _corridors(leaf, number)
    if found is None or number != of:
        return found
    low, high = (0.0, 1.0) if leaf.dtype == torch.bool else _ends(leaf)
    seed = torch.full_like(found, low)
    seed[..., 0, 0] = high
    return seed


def _parents(leaf: torch.Tensor, number: int, ahead: bool) -> torch.Tensor | None:
    """Places: each the one before its own, or the one after; the last of all its own, or none where none is said."""
    n = leaf.shape[-1]
    if leaf.dtype not in _INTEGERS or n < _LEAST or int(leaf.max()) >= n:
        return None
    steps = torch.arange(n, dtype=torch.float64)
    none = float(leaf.min()) if int(leaf.min()) < 0 else None
    row = steps + 1 if ahead else steps - 1
    row[-1 if ahead else 0] = (n - 1.0 if ahead else 0.0) if none is None else none
    return row.expand(leaf.shape)


def _carries(leaf: torch.Tensor, number: int) -> torch.Tensor | None:
    """Rows of the largest digit; of the next input, zeros and a one at the first place, or the last."""
    if leaf.dtype not in _INTEGERS or leaf.shape[-1] < _LEAST:
        return None
    rows = torch.zeros((leaf.numel() // leaf.shape[-1], leaf.shape[-1]), dtype=torch.float64)
    largest = int(leaf.max())
    digits = [(1 << largest.bit_length()) - 1, _nines(largest), largest]
    for which, row in enumerate(rows):
        if number % 2 == 0:
            row.fill_(digits[which % len(digits)])
        else:
            row[0 if which // len(digits) % 2 == 0 else -1] = 1
    return rows.reshape(leaf.shape)


def _nines(largest: int) -> int:
    """99 for 87: the largest of as many decimal digits."""
    return int(10 ** len(str(abs(largest)))) - 1


def _shifted(leaf: torch.Tensor, number: int) -> torch.Tensor | None:
    """Rows that rise, each input's from another value on, by less than half of their length; and, of floats, rows that
    step once, early in one input and late in the next."""
    if leaf.dtype == torch.bool or leaf.shape[-1] < _LEAST:
        return None
    n = leaf.shape[-1]
    low, high = _ends(leaf)
    rows = torch.empty((leaf.numel() // n, n), dtype=torch.float64)
    steps = torch.arange(n, dtype=torch.float64)
    for which, row in enumerate(rows):
        by = number * max((n - 1) // 2 - which // 2 % max(n // 4, 1), 1)
        if leaf.dtype.is_floating_point and which % 2 == 0:
            row.copy_(torch.where(steps >= (1 if number % 2 == 0 else n - 1), high, low))
        elif leaf.dtype.is_floating_point:
            row.copy_(low + (high - low) * (steps + by) / n)
        else:
            row.copy_(steps + by)
    return rows.reshape(leaf.shape)


def _nested(leaf: torch.Tensor, number: int) -> torch.Tensor | None:
    """Integers of two halves: a first half of the lower ones, drawn, and its mirror image of the upper ones."""
    low, high = _ends(leaf) if leaf.dtype in _INTEGERS else (0.0, 0.0)
    kinds = (int(high) - int(low) + 1) // 2
    if kinds < 1 or leaf.shape[-1] < _LEAST:
        return None
    n = leaf.shape[-1]
    generator = torch.Generator().manual_seed(number)
    opened = torch.randint(0, kinds, (leaf.numel() // n, n // 2), generator=generator) + int(low)
    middle = torch.full((opened.shape[0], n % 2), int(low))
    return torch.cat([opened, middle, opened.flip(-1) + kinds], dim=-1).reshape(leaf.shape)


@dataclass(frozen=True)
class _Way:
    change: _Change
    least_inputs: int = 1


_WAYS = {
    "chains of neighbours": _Way(_costs),
    "chains of links": _Way(_links),
    "winding corridors": _Way(_corridors),
    "winding corridors from one end": _Way(partial(_seeded, of=0), 2),
    "one end of winding corridors": _Way(partial(_seeded, of=1), 2),
    "parents in a row": _Way(partial(_parents, ahead=False)),
    "parents in a row, the other way": _Way(partial(_parents, ahead=True)),
    "carries": _Way(_carries),
    "shifted sequences": _Way(_shifted, 2),
    "nested pairs": _Way(_nested),
}
WAYS = tuple(_WAYS)
"""What they are, by turn."""
