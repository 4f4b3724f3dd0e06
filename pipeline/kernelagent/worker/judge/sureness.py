"""How sure each value of a module's run is: whether every sound order of operations gives just the same.

What moves values without computing keeps them as sure as they were. Sums and products of short binary fractions are
sure where the result is one too. Of anything else, what is zero stays zero under products and functions through the
origin; the rest may differ in its last place.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._pytree import tree_leaves, tree_map

SURE, ZEROS, UNSURE = 2, 1, 0
"""All of it; its zeros and signs; nothing."""

MOVES = frozenset(
    {
        *("where", "masked_fill", "cat", "stack", "index", "gather", "index_select", "clone", "copy", "amax", "amin"),
        *("max", "min", "maximum", "minimum", "neg", "abs", "relu", "roll", "flip", "repeat", "sort", "topk", "fill"),
        *("constant_pad_nd", "clamp", "clamp_min", "clamp_max", "hardtanh", "embedding", "slice_scatter", "triu"),
        *("select_scatter", "index_put", "scatter", "sign", "round", "floor", "ceil", "trunc", "lift_fresh", "tril"),
        *("_unsafe_view", "zeros_like", "ones_like", "empty_like", "full_like", "new_zeros", "new_ones", "new_full"),
        *("set", "detach", "new_empty", "alias", "resize"),
    }
)
_COMPUTES = frozenset(
    {"add", "sub", "rsub", "mul", "div", "square", "sum", "cumsum", "mm", "bmm", "addmm", "mean", "_to_copy"}
)
_KEEPS_ZEROS = frozenset(
    {
        *("mul", "div", "square", "sqrt", "tanh", "sin", "erf", "asinh", "atan", "silu", "gelu", "leaky_relu", "elu"),
        *("prod", "expm1", "log1p", "_to_copy"),
    }
)


class Sureness:
    """Of the tensors of one run. A tensor that was never seen is an input or a weight: sure."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[torch.Tensor, int]] = {}  # held, so that no other tensor gets the number

    def of(self, tensors: list[torch.Tensor]) -> int:
        """The least sure of ``tensors``; of integers and booleans each is."""
        return min((self._of(t) for t in tensors if t.is_floating_point() or t.is_complex()), default=SURE)

    def _of(self, tensor: torch.Tensor) -> int:
        return self._known.get(id(tensor), (tensor, SURE))[1]

    def note(self, func: Any, name: str, args: Any, kwargs: Any, before: int, result: Any) -> None:
        """``func`` gave ``result`` of operands that were ``before`` sure."""
        outcome = self._outcome(func, name, args, kwargs, before, result)
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor) and (tensor.is_floating_point() or tensor.is_complex()):
                self._known[id(tensor)] = (tensor, outcome)

    def _outcome(self, func: Any, name: str, args: Any, kwargs: Any, before: int, result: Any) -> int:
        leaves = tree_leaves((args, kwargs))
        floats = [t for t in leaves if isinstance(t, torch.Tensor) and t.is_floating_point()]
        if func.is_view or not any(isinstance(leaf, torch.Tensor) for leaf in leaves):
            return before
        numbers = [n for n in leaves if isinstance(n, float)]
        if name in MOVES and all(is_short(n) or not _has(result, n) for n in numbers):
            return before
        if name in _COMPUTES and before == SURE and _is_exact(func, args, kwargs, floats, numbers, result):
            return SURE
        return min(before, ZEROS) if name in _KEEPS_ZEROS else UNSURE


def _is_exact(func: Any, args: Any, kwargs: Any, floats: list[torch.Tensor], numbers: list[float], result: Any) -> bool:
    if not isinstance(result, torch.Tensor) or not all(is_short(n) for n in numbers):
        return False
    if str(func._schema.name).endswith("_to_copy"):
        source = floats[0] if floats else None
        return source is None or bool((result.double() == source.double()).all())
    if not are_short(result) or not all(are_short(t) for t in floats):
        return False
    if func._schema.is_mutable or result.dtype == torch.float64:
        return result.dtype in (torch.float32, torch.float64)
    try:
        wide = func(*tree_map(_widened, args), **tree_map(_widened, kwargs))
    except Exception:  # noqa: BLE001  what can't be asked is not sure
        return False
    return bool((wide.double() == result.double()).all())


def _has(result: Any, number: float) -> bool:
    """Whether it is there: a bound that nothing has come to makes nothing unsure."""
    tensors = [leaf for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor) and leaf.is_floating_point()]
    return any(bool((t == torch.tensor(number, dtype=torch.float64).to(t.dtype)).any()) for t in tensors)


def _widened(leaf: Any) -> Any:
    if isinstance(leaf, torch.Tensor) and leaf.is_floating_point():
        return leaf.double()
    return torch.float64 if isinstance(leaf, torch.dtype) and leaf.is_floating_point else leaf


def is_short(number: float) -> bool:
    return are_short(torch.tensor(number, dtype=torch.float64))


def are_short(values: torch.Tensor) -> bool:
    """Whether 16 bits hold them, infinities aside."""
    exact = values.double()
    return bool((exact.half().double() == exact).all())
