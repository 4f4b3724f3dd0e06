"""Which composite operators are taken apart before the synthesizer sees the graph, and which stay whole."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import torch
from torch._decomp import decomposition_table

OTHER_DISTRIBUTIONS = ("aten.exponential", "aten.geometric", "aten.log_normal", "aten.cauchy")
"""PyTorch would make them of uniform numbers: the judge, which holds those fixed, has none to hold in eager PyTorch."""


def table(whole: Collection[str]) -> dict[Any, Callable[..., Any]]:
    """For ``ExportedProgram.run_decompositions``: PyTorch's core ATen decompositions, and every other one that PyTorch
    has, less the operators named in ``whole`` (``aten.linear``)."""
    default: Any = torch.export.default_decompositions()
    chosen: dict[Any, Callable[..., Any]] = dict(default.items())
    for op, function in decomposition_table.items():
        if isinstance(op, torch._ops.OpOverload):
            chosen.setdefault(op, function)
    chosen[torch.ops.aten.bucketize.Tensor] = _bucketize
    chosen[torch.ops.aten.searchsorted.Tensor] = _searchsorted
    chosen[torch.ops.aten._scaled_dot_product_flash_attention_for_cpu.default] = _attention_on_cpu
    kept = {*whole, *OTHER_DISTRIBUTIONS}
    return {op: function for op, function in chosen.items() if packet_name(op) not in kept}


def packet_name(op: Any) -> str:
    """``aten.add.Tensor`` → ``aten.add``"""
    return ".".join(str(op).split(".")[:2])


def _attention_on_cpu(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    attn_mask: torch.Tensor | None = None,
    scale: float | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """``[N, H, L, E]`` that lies in memory as ``[N, L, H, E]``, as the operator itself leaves it and the trace has seen
    it: calls of ``contiguous`` that this makes superfluous are not in the trace, and a ``view`` behind one would fail.
    PyTorch's own decomposition leaves ``[L, N, H, E]``, as its fused multi-head attention wants it."""
    output, weights = torch.ops.aten._scaled_dot_product_attention_math.default(
        query,
        key,
        value,
        attn_mask=attn_mask,
        dropout_p=dropout_p,
        is_causal=is_causal,
        dropout_mask=None,
        scale=scale,
        enable_gqa=query.size(1) != key.size(1),
    )
    return output.transpose(1, 2).contiguous().transpose(1, 2), weights


def _bucketize(
    input: torch.Tensor, boundaries: torch.Tensor, *, out_int32: bool = False, right: bool = False
) -> torch.Tensor:
    """How many boundaries lie before each element; all of them for NaN. PyTorch's own decomposition halves the range as
    often as the example's boundaries need, and so ties the trace to their number."""
    return _places(boundaries, input, right, out_int32)


def _searchsorted(
    sorted_sequence: torch.Tensor,
    self: torch.Tensor,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: torch.Tensor | None = None,
) -> torch.Tensor:
    """The same in sequences of which each row of ``self`` has its own, or all the same one."""
    sequence = sorted_sequence if sorter is None else sorted_sequence.gather(-1, sorter)
    sequence = sequence if sequence.dim() == 1 else sequence.unsqueeze(-2)
    return _places(sequence, self, right or side == "right", out_int32)


def _places(sequence: torch.Tensor, values: torch.Tensor, right: bool, out_int32: bool) -> torch.Tensor:
    elements = values.unsqueeze(-1)
    before = torch.logical_not(sequence > elements if right else sequence >= elements)
    return before.sum(-1, dtype=torch.int32 if out_int32 else torch.int64)
