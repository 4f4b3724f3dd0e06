"""What a batch norm's results look like, said at once while a module is traced.

PyTorch learns it by taking the operator apart: some twenty operators on fake tensors, and quotients of products of
free sizes that the exporter then reasons about. In a deep network that is a good part of the whole capture.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch._decomp import decomposition_table
from torch._subclasses import fake_impls

_OWN_PRECISION = (torch.float32, torch.float64)
"""In others the statistics are of another type than the input."""
_aten = torch.ops.aten
_FUNCTIONAL = _aten._native_batch_norm_legit_functional.default
_NORMS = (_FUNCTIONAL, _aten._native_batch_norm_legit.default, _aten.native_batch_norm.default)


@contextlib.contextmanager
def batch_norm_shapes() -> Iterator[None]:
    """While it lasts, batch norms over their own batch are not taken apart for their shapes. Where PyTorch has no such
    table, nothing changes."""
    table = getattr(fake_impls, "FAST_OP_IMPLEMENTATIONS", None)
    if table is None:
        yield
        return
    before = {norm: table[norm] for norm in _NORMS if norm in table}
    table.update({norm: _said(norm) for norm in _NORMS})
    try:
        yield
    finally:
        for norm in _NORMS:
            del table[norm]
        table.update(before)


def _said(norm: Any) -> Callable[..., Any]:
    def results(mode: Any, *args: Any, **kwargs: Any) -> Any:
        with mode:
            if kwargs or len(args) != 8 or not _is_plain(*args[:6]):
                return decomposition_table[norm](*args, **kwargs)
            input, _, _, mean, variance = args[:5]
            saved = (torch.empty_like(input), *(input.new_empty((input.shape[1],)) for _ in range(2)))
            if norm is not _FUNCTIONAL:
                return saved
            return (*saved, torch.empty_like(mean), torch.empty_like(variance))

    return results


def _is_plain(input: Any, weight: Any, bias: Any, mean: Any, variance: Any, training: Any) -> bool:
    others = [t for t in (weight, bias, mean, variance) if t is not None]
    given = mean is not None and variance is not None
    return (
        bool(training)
        and given
        and input.dim() > 1
        and input.dtype in _OWN_PRECISION
        and all(t.dtype == input.dtype and t.dim() == 1 for t in others)
    )
