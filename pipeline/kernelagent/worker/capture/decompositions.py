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
    kept = {*whole, *OTHER_DISTRIBUTIONS}
    return {op: function for op, function in chosen.items() if packet_name(op) not in kept}


def packet_name(op: Any) -> str:
    """``aten.add.Tensor`` → ``aten.add``"""
    return ".".join(str(op).split(".")[:2])
