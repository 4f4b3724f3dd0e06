"""PyTorch's generators, seeded."""

from __future__ import annotations

import torch

_FOR_CPU_ALONE = not (torch._C._has_cuda or torch._C._has_mps or torch._C._has_xpu)
"""This PyTorch was built without any GPU's code. Whether a GPU is there is not asked: that would start its driver."""


def seed_generators(seed: int) -> None:
    """As ``torch.manual_seed``, which notes the stack for every kind of device that is not in use yet: on the CPU that
    is a hundred times the work, and kept for as long as the process lives."""
    if _FOR_CPU_ALONE:
        torch.default_generator.manual_seed(seed)
    else:
        torch.manual_seed(seed)
