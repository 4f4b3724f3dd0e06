"""What rounding alone may make of a module's results: it is run with every operation off by a unit in the last place.

Some values are there by rounding only: the variance of equal numbers, the place of the largest among equals, the floor
of what is a whole number but for rounding. PyTorch's own are one of many answers. So where a kernel gives another, the
module is run several times more, in its own dtypes: a pointwise operation's result is off by a unit, as any correct
rounding may leave it; of reductions and products it is the operands (that is what a backward stable sum amounts to).
What only moves, selects or compares numbers is exact, and left alone. An element of a result that stays where it is in
all of these runs is settled, and has to be right.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

RUNS = 12
_EXACT = """
neg abs relu sign clone copy copy_ _to_copy contiguous clamp clamp_min clamp_max maximum minimum where masked_fill
floor ceil round trunc cat stack constant_pad_nd sort topk max min amax amin argmax argmin any all cummax cummin
_cummax_helper _cummin_helper gather index index_select repeat flip roll tril triu fill fill_ zero_ threshold
empty_like zeros_like ones_like empty empty_strided new_empty new_zeros full arange unfold_copy
"""
"""What moves, selects or compares."""
_EXACT_NAMES = frozenset(_EXACT.split())


class _OffByAUnit(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self, seed: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._random = torch.Generator().manual_seed(seed)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func.is_view or func.overloadpacket.__name__ in _EXACT_NAMES:
            return func(*args, **kwargs)
        if torch.Tag.pointwise in func.tags:
            return tree_map(self._moved, func(*args, **kwargs))
        return func(*tree_map(self._moved, args), **kwargs)

    def _moved(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor) or not value.is_floating_point():
            return value
        steps = torch.randint(-1, 2, value.shape, generator=self._random).to(value.dtype)
        return value * (1 + steps * torch.finfo(value.dtype).eps)


def off_by_a_unit(model: torch.nn.Module, args: Any, kwargs: Any) -> list[list[Any]]:
    """The results' leaves of each run."""
    found = []
    for seed in range(RUNS):
        with torch.no_grad(), _OffByAUnit(seed):
            found.append(tree_leaves(model(*args, **kwargs)))
    return found


def only_float64_holds(want: torch.Tensor, exact: torch.Tensor) -> torch.Tensor:
    """Where ``want`` is not finite and ``exact``, the float64 result in its dtype, is: a number on the way was too
    large or too small for the dtype (an epsilon of 1e-8 is 0 in float16). There float64's result is the one to be."""
    return exact.isfinite() & ~want.isfinite()


def is_rounding(
    got: torch.Tensor, want: torch.Tensor, allowed: float, multiple: float, runs: list[torch.Tensor]
) -> bool:
    """Whether ``got`` differs from ``want`` only where the ``runs`` do: by ``allowed`` where they agree, elsewhere by
    so much and ``multiple`` times as far as they go. Shapes and dtypes are the same."""
    if not want.is_floating_point():
        changed = torch.stack([run != want for run in runs]).any(0)
        return not bool(((got != want) & ~changed).any())
    kind = want.isfinite()
    settled = torch.stack([run.isfinite() == kind for run in runs]).all(0)
    if bool(((got.isfinite() != kind) & settled).any()):
        return False
    both = settled & kind
    rest = settled & ~kind
    if not torch.equal(got[rest].nan_to_num(), want[rest].nan_to_num()):
        return False
    far = torch.stack([(run[both].double() - want[both].double()).abs() for run in runs]).amax(0)
    off = (got[both].double() - want[both].double()).abs()
    return bool((off <= allowed + multiple * far).all())
