"""Where the candidate's outputs come from: written by a kernel, computed by PyTorch as declared, aimed at by
stores that a mask left out, passed through from an input, or none of these."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kernelagent.worker.judge.blocks import Block, element_offsets
from kernelagent.worker.judge.guarded_memory import GuardedMemory
from kernelagent.worker.problem.tensors import tensors_in

_MOST_LINES = 8


def origins(outputs: Any, memory: GuardedMemory) -> dict[str, dict[str, Any]]:
    """By path of an output: ``{origin: kernel|pytorch|masked|input|none, lines, unwritten, first_unwritten}``."""
    found: dict[str, dict[str, Any]] = {}
    for path, tensor in tensors_in(outputs):
        if tensor.numel() == 0:
            continue
        block = memory.block_of(tensor)
        sources = set() if block is None else block.sources
        made = next((maker for maker in ("kernel", "pytorch", "masked") if maker in sources), None)
        origin = made or ("input" if sources == {"input"} else "none")
        lines = sorted(block.lines)[:_MOST_LINES] if block is not None else []
        found[path] = {"origin": origin, "lines": lines, **_unwritten(tensor, block)}
    return found


def _unwritten(tensor: torch.Tensor, block: Block | None) -> dict[str, Any]:
    """Elements that no store of a kernel reached; looked at only where kernels wrote to fresh memory directly, or
    nobody did at all."""
    if block is None or block.purpose != "empty":
        return {"unwritten": 0, "first_unwritten": None}
    if block.written is None:
        untouched = not block.sources and tensor.device.type == "cpu"  # what fills memory on a GPU is not noted
        return {"unwritten": tensor.numel() if untouched else 0, "first_unwritten": None}
    missing = ~block.written[element_offsets(tensor, block)]
    count = int(missing.sum())
    first = [int(n) for n in np.unravel_index(int(np.argmax(missing)), missing.shape)] if count and missing.ndim else []
    return {"unwritten": count, "first_unwritten": first if count else None}
