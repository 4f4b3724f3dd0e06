# problem: pointwise::SumOfList | a list of tensors, taken apart in the wrapper; itertools and typing | slow: yes
from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
import triton
import triton.language as tl


@triton.jit
def axpy(y, x, n, alpha, FIRST: tl.constexpr, BLOCK: tl.constexpr):
    """``y += alpha * x``, or ``y = alpha * x`` the first time."""
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    v = alpha * tl.load(x + i, mask=i < n, other=0.0)
    if not FIRST:
        v += tl.load(y + i, mask=i < n, other=0.0)
    tl.store(y + i, v, mask=i < n)


def kernel_function(terms: Sequence[torch.Tensor]) -> torch.Tensor:
    y = torch.empty(terms[0].shape, dtype=terms[0].dtype, device=terms[0].device)
    n = y.numel()
    for number, (term, alpha) in enumerate(zip(terms, itertools.chain([1.0, 2.0], itertools.repeat(-1.0)))):
        axpy[(triton.cdiv(n, 64),)](y, term.contiguous(), n, alpha, FIRST=number == 0, BLOCK=64)
    return y
