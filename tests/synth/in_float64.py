"""What a module computes in float64, as near as numbers of 64 bits come: what a kernel and PyTorch are measured by.

PyTorch updates a variance number by number (Welford's way), and after some thousand of them is off by dozens of units;
in float64 nothing else would tell, so its variances are computed in two passes here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

_MOMENTS = {
    torch.ops.aten.var.correction: False,
    torch.ops.aten.std.correction: True,
}
"""Whether the root is taken."""


def in_float64(model: torch.nn.Module, args: Any, results: Callable[[Any], list[Any]]) -> list[Any]:
    """``results`` of what ``model`` gives, which is float64 from there on. A module that casts by itself
    (``(x > 0).float() @ y``) may not run on float64: then its casts are to float64."""
    model.double()
    args = tree_map(lambda v: v.double() if isinstance(v, torch.Tensor) and v.is_floating_point() else v, args)
    with torch.no_grad(), _MomentsInTwoPasses():  # type: ignore[no-untyped-call]
        try:
            return results(model(*args))
        except RuntimeError:
            with _CastsAreWide():  # type: ignore[no-untyped-call]
                return results(model(*args))


class _MomentsInTwoPasses(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in _MOMENTS and args[0].dtype == torch.float64:
            return variance(args[0], *args[1:2], **kwargs, root=_MOMENTS[func])
        return func(*args, **kwargs)


def variance(
    x: torch.Tensor, dim: Any = None, correction: float | None = None, keepdim: bool = False, root: bool = False
) -> torch.Tensor:
    """Of a float64 tensor, over ``dim`` or all of it, as ``torch.var`` takes its arguments."""
    axes = tuple(range(x.dim())) if not dim else tuple(d % max(x.dim(), 1) for d in dim) if x.dim() else ()
    wide = x.numpy().astype(np.longdouble)
    freedom = math.prod(x.shape[a] for a in axes) - (1 if correction is None else correction)
    with np.errstate(all="ignore"):
        squares = ((wide - wide.mean(axis=axes, keepdims=True)) ** 2).sum(axis=axes, keepdims=keepdim)
        found = np.asarray(squares / np.longdouble(max(freedom, 0)))
    return torch.from_numpy(np.asarray(np.sqrt(found) if root else found).astype(np.float64))


class _CastsAreWide(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        to = kwargs.get("dtype")
        if func is torch.ops.aten._to_copy.default and to is not None and to.is_floating_point:
            kwargs["dtype"] = torch.float64
        return func(*args, **kwargs)
