"""What lower precision would have done to the module itself: its float64 run, with chosen roundings put in.

Two kinds: every operand of a product rounded to a class (TF32, fp16, bf16), the sums exact; and every sum disturbed as
much as adding its terms one after the other in float32 would. The first shows which class an error belongs to, the
second is the bound for reductions that knows their length.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch._decomp import decomposition_table
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

_aten = torch.ops.aten
U = 2.0**-24
"""Unit roundoff of float32."""
_TYPICAL = 1 / math.sqrt(3) * 0.75
"""Root mean square of a rounding error, in unit roundoffs of the result: uniform in the binade's half unit."""
_LONG = 256
"""Terms from which on a sum's errors are far from those of independent roundings, where they repeat;"""
_REPEATED = 0.25
"""share of terms that are equal to the one before them."""

_PRODUCTS: dict[Any, tuple[int, int]] = {
    _aten.mm.default: (0, 1),
    _aten.bmm.default: (0, 1),
    _aten.mv.default: (0, 1),
    _aten.dot.default: (0, 1),
    _aten.addmm.default: (1, 2),
    _aten.baddbmm.default: (1, 2),
    _aten.addmv.default: (1, 2),
    _aten.convolution.default: (0, 1),
}
"""Operator → positions of the two operands that are multiplied."""

_COMPOSED = (
    *(_aten.native_layer_norm.default, _aten.native_group_norm.default, _aten.native_batch_norm.default),
    *(_aten._softmax.default, _aten._log_softmax.default, _aten.logsumexp.default),
)
"""Taken apart, so that the sums inside are seen."""

_SPREADS: dict[Any, Any] = {_aten.var: _aten.var_mean, _aten.std: _aten.std_mean}
"""Operator → the same with the mean, whose error goes into the result."""


def round_to(name: str) -> Callable[[torch.Tensor], torch.Tensor]:
    """Rounding to a precision class, in place of float64 values: range as float32's but for fp16."""

    def to_tf32(tensor: torch.Tensor) -> torch.Tensor:
        bits = tensor.float().contiguous().view(torch.int32)
        return ((bits + 0x1000) & ~0x1FFF).view(torch.float32).to(tensor.dtype)

    if name == "tf32":
        return to_tf32
    dtype = {"fp16": torch.float16, "bf16": torch.bfloat16}[name]
    return lambda tensor: tensor.to(dtype).to(tensor.dtype)


class RoundedOperands(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Rounds the operands of every product."""

    def __init__(self, name: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.name = name
        self.has_met = False
        """A product."""
        self._round = round_to(name)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in _PRODUCTS:
            self.has_met = True
            chosen = _PRODUCTS[func]
            args = tuple(self._round(a) if i in chosen and _real(a) else a for i, a in enumerate(args))
        return func(*args, **(kwargs or {}))


class SerialSums(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Disturbs every sum of n terms by the error of adding them one by one in float32, or with another unit roundoff.

    With partial sums s_k the variance of that error is u² Σ s_k² / 3 (Higham and Mary 2019: roundings behave like
    independent ones), and Σ s_k² is about n t² / 3 + n² σ² / 2 for n terms of variance σ² and sum t.
    """

    def __init__(self, seed: int, unit: float = U) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._generator = torch.Generator().manual_seed(seed)
        self._unit = unit

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in _COMPOSED and func in decomposition_table and _real(args[0]):
            with self:
                return decomposition_table[func](*args, **kwargs)
        out = func(*args, **kwargs)
        if func.overloadpacket is _aten.var_mean and _real(args[0]):
            var, mean = out
            return self._of_spread(var, mean, args[0].numel() // max(var.numel(), 1))
        if not _real(out) or not _real(args[0]):
            return out
        if func in (_aten.sum.dim_IntList, _aten.mean.dim, _aten.sum.default, _aten.mean.default):
            n = args[0].numel() // max(out.numel(), 1)
            mean = func in (_aten.mean.dim, _aten.mean.default)
            squares = func(args[0].square(), *args[1:], **kwargs) * (n if mean else 1)
            error = self._error(out * n if mean else out, squares, n)
            error = _of_repeated(error, args, kwargs) if self._unit == U else error
            return out + (error / n if mean and n else error)
        if func.overloadpacket in _SPREADS:
            spread, mean = _SPREADS[func.overloadpacket](*args, **kwargs)
            n = args[0].numel() // max(out.numel(), 1)
            if func.overloadpacket is _aten.var:
                return self._of_spread(spread, mean, n)[0]
            return self._of_spread(spread.square(), mean, n)[0].clamp_min(0.0).sqrt()
        if func.overloadpacket is _aten.linalg_vector_norm:
            return self._of_squares(out, args[0].numel() // max(out.numel(), 1), 0.5)
        if func is _aten.cumsum.default:
            return out + self._noise(out) * out.square().cumsum(*args[1:]).sqrt()
        if func in _PRODUCTS:
            one, two = _PRODUCTS[func]
            squared = list(args)
            squared[one], squared[two] = args[one].square(), args[two].square()
            if func in (_aten.addmm.default, _aten.baddbmm.default, _aten.addmv.default):
                squared[0] = torch.zeros_like(args[0])
            elif func is _aten.convolution.default and args[2] is not None:
                squared[2] = torch.zeros_like(args[2])
            n = _window(args) if func is _aten.convolution.default else args[one].shape[-1]
            return out + self._error(out, func(*squared, **kwargs), n)
        return out

    def _error(self, total: torch.Tensor, squares: torch.Tensor, n: int) -> torch.Tensor:
        spread = (squares - total.square() / max(n, 1)).clamp_min(0.0)  # n σ²
        return self._noise(total) * (n * total.square() / 3 + n * spread / 2).sqrt()

    def _of_spread(self, var: torch.Tensor, mean: torch.Tensor, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Variance and mean: each term is taken from a mean that is a little off, which adds the square of that."""
        off = self._error(mean * n, n * (var + mean.square()), n) / max(n, 1)
        return self._of_squares(var, n) + off.square() * (n / max(n - 1, 1)), mean + off

    def _of_squares(self, out: torch.Tensor, n: int, share: float = 1.0) -> torch.Tensor:
        return out + out * share * math.sqrt(n / 3) * self._noise(out)

    def _noise(self, like: torch.Tensor) -> torch.Tensor:
        noise = torch.randn(like.shape, generator=self._generator, dtype=torch.float64)
        return (_TYPICAL * self._unit * noise).to(like.device, like.dtype)


def _of_repeated(error: torch.Tensor, args: Any, kwargs: Any) -> torch.Tensor:
    """``error``, but for sums whose terms repeat in long runs: each addition rounds there as the one before, and the
    errors add up. It is the error of this very order then. ``args`` and ``kwargs`` as of ``aten.sum`` and
    ``aten.mean``; shapes as the result's."""
    terms, dims = args[0], args[1] if len(args) > 1 else kwargs.get("dim")
    dims = sorted(dim % terms.dim() for dim in dims) if dims else list(range(terms.dim()))
    kept = [dim for dim in range(terms.dim()) if dim not in dims]
    rows = terms.permute(*kept, *dims).reshape(*(terms.shape[dim] for dim in kept), -1).cpu()
    if rows.shape[-1] < _LONG or float((rows[..., 1:] == rows[..., :-1]).double().mean()) < _REPEATED:
        return error
    found = torch.from_numpy(np.add.accumulate(rows.float().numpy(), axis=-1)[..., -1].astype(np.float64))
    found = (found - rows.sum(-1)).reshape(error.shape).to(error.device)
    return torch.where(found.abs() > error.abs(), found, error)


def _window(args: Any) -> int:
    """Terms of each sum of ``aten.convolution``."""
    weight, transposed, groups = args[1], args[6], args[8]
    return int(weight.numel() // weight.shape[1] // groups if transposed else weight.numel() // weight.shape[0])


def _real(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.dtype == torch.float64


def rounded(value: Any, name: str) -> Any:
    """Nested ``value`` with every float64 tensor rounded to a precision class."""
    change = round_to(name)
    return tree_map(lambda leaf: change(leaf) if _real(leaf) else leaf, value)
