"""Which elements of a result every sound arithmetic gives alike, and a run in which all others are moved.

Elements, not tensors, as in ``sureness.py``: of a row's quotients one is exactly a half, and the others are rounded.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.worker.judge.sureness import MOVES

RUNS = 4
"""All up, all down, and at random."""
_DOWN = 1
_UNITS = 8
"""In the last place, by which what is not exact is moved."""
_PLAIN = frozenset({"add", "sub", "rsub", "mul", "neg", "abs", "square", "addcmul", "sqrt", "rsqrt", "exp2", "pow"})
_QUOTIENTS = frozenset({"div", "reciprocal"})
_SUMS = frozenset({"sum", "mean", "cumsum", "mm", "bmm", "addmm", "baddbmm", "mv", "dot", "linalg_vector_norm"})
_KEEPS_ZEROS = frozenset({"tanh", "sin", "erf", "asinh", "atan", "silu", "gelu", "leaky_relu", "elu", "expm1", "log1p"})
_CONVERTS = frozenset({"_to_copy", "copy", "fill", "zeros_like", "ones_like", "arange", "full"})
_DIGITS = 24
"""Binary, of float32."""


class Shaken(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Around one call: each element of each float that is computed, and not exact, is moved by some units in its last
    place. ``number``: of the run, below ``RUNS``."""

    def __init__(self, number: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._number = number
        self._generator = torch.Generator().manual_seed(number)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = str(func._schema.name).partition("::")[2].rstrip("_")
        stays = func.is_view or name in MOVES or name in _CONVERTS
        given = args if stays or not func._schema.is_mutable else tree_map(_cloned, args)
        result = func(*args, **kwargs)
        floats = [leaf for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor) and leaf.is_floating_point()]
        if stays or not floats:
            return result
        if len(floats) > 1 or not isinstance(result, torch.Tensor):
            return tree_map(lambda leaf: self._moved(leaf, None) if _is_float(leaf) else leaf, result)
        moved = self._moved(result, exact(func, name, given, kwargs, result))
        return result.copy_(moved) if func._schema.is_mutable else moved

    def _moved(self, result: torch.Tensor, stays: torch.Tensor | None) -> torch.Tensor:
        eps = torch.finfo(result.dtype).eps
        signs = torch.randint(2, result.shape, generator=self._generator) if self._number > _DOWN else self._number
        factors = 1 + _UNITS * eps * (1.0 - 2 * torch.as_tensor(signs, dtype=torch.float64))
        moved = (result.double() * factors).to(result.dtype)
        return moved if stays is None else torch.where(stays, result, moved)


def exact(func: Any, name: str, args: Any, kwargs: Any, result: torch.Tensor) -> torch.Tensor:
    """Of each element of ``result``, which ``func`` gave."""
    none = torch.zeros(result.shape, dtype=torch.bool)
    if name in _KEEPS_ZEROS:
        return result == 0
    if name not in _PLAIN | _QUOTIENTS | _SUMS:
        return none
    floats = [leaf for leaf in tree_leaves((args, kwargs)) if _is_float(leaf)]
    if any(not bool(t.isfinite().all()) for t in floats):
        return none
    if result.dtype == torch.float64:
        return _has_room(result) if name in _PLAIN | _SUMS and all(bool(_has_room(t).all()) for t in floats) else none
    try:
        wide: torch.Tensor = func(*tree_map(_widened, args), **tree_map(_widened, kwargs))
    except Exception:  # noqa: BLE001  what can't be asked is not exact
        return none
    same = wide.double() == result.double()
    if name in _QUOTIENTS:
        return same & _of_inverse(name, args, kwargs, result)
    if name == "pow":
        return same & _is_power(args)
    if name == "exp2":
        return same & _is_whole(args[0])
    if name in _SUMS:
        return same & _of_any_order(func, name, args, kwargs, floats, result)
    return same


def _of_inverse(name: str, args: Any, kwargs: Any, result: torch.Tensor) -> torch.Tensor:
    """Where a product with either float32 beside the inverse is the quotient all the same."""
    dividend, divisor = (1.0, args[0]) if name == "reciprocal" else (args[0], args[1])
    if kwargs.get("rounding_mode") is not None:
        return torch.zeros(result.shape, dtype=torch.bool)
    return _by_inverses(torch.as_tensor(dividend).double(), torch.as_tensor(divisor).double(), result)


def _by_inverses(dividend: torch.Tensor, divisor: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
    nearest = (1.0 / divisor).float()
    found = torch.ones(result.shape, dtype=torch.bool)
    for towards in (-torch.inf, torch.inf):
        beside = torch.nextafter(nearest, torch.full_like(nearest, towards))
        one = torch.where(nearest.double() * divisor == 1.0, nearest, beside)
        found &= (dividend * one.double()).to(result.dtype) == result
    by_nearest: torch.Tensor = (dividend * nearest.double()).to(result.dtype)
    return found & (by_nearest == result)


def _is_power(args: Any) -> torch.Tensor:
    """Two to a whole number, or anything to a small one, or to a half."""
    base, exponent = (torch.as_tensor(arg).double() for arg in args[:2])
    return ((base == 2.0) & (exponent == exponent.round())) | (exponent.abs() <= 4) & (2 * exponent == exponent * 2.0)


def _is_whole(tensor: torch.Tensor) -> torch.Tensor:
    return tensor == tensor.round()


def _of_any_order(
    func: Any, name: str, args: Any, kwargs: Any, floats: list[torch.Tensor], result: torch.Tensor
) -> torch.Tensor:
    """Where all partial sums are held exactly, whatever their order."""
    finest = 1.0
    for tensor in floats:
        finest *= _finest(tensor)
    magnitudes = tree_map(lambda leaf: leaf.double().abs() if _is_float(leaf) else leaf, (args, kwargs))
    sums: torch.Tensor = func(*magnitudes[0], **tree_map(_widened, magnitudes[1])).double()
    if name == "linalg_vector_norm":
        return sums * sums / finest**2 < 2.0**_DIGITS
    if name != "mean":
        return sums / finest < 2.0**_DIGITS
    count = args[0].numel() // max(result.numel(), 1)
    total = torch.as_tensor(float(count), dtype=torch.float64)
    held: torch.Tensor = sums * count / finest < 2.0**_DIGITS
    return held & _by_inverses(result.double() * count, total, result)


def _finest(tensor: torch.Tensor) -> float:
    """The power of two of which all its elements are multiples."""
    there = tensor.detach().double().flatten()
    there = there[there != 0]
    if not there.numel():
        return 1.0
    mantissa, exponent = torch.frexp(there)
    whole = (mantissa.abs() * 2.0**53).long()
    lowest = (whole & -whole).double()
    return float(torch.ldexp(lowest, exponent - 53).min())


def _has_room(tensor: torch.Tensor) -> torch.Tensor:
    """Where float64 holds many more digits than the number has."""
    scaled = tensor.double() * 2.0**10
    return (scaled == scaled.round()) & (scaled.abs() < 2.0**52)


def _is_float(leaf: Any) -> bool:
    return isinstance(leaf, torch.Tensor) and leaf.is_floating_point()


def _cloned(leaf: Any) -> Any:
    return leaf.clone() if isinstance(leaf, torch.Tensor) else leaf


def _widened(leaf: Any) -> Any:
    if isinstance(leaf, torch.Tensor) and leaf.is_floating_point():
        return leaf.double()
    return torch.float64 if isinstance(leaf, torch.dtype) and leaf.is_floating_point else leaf
