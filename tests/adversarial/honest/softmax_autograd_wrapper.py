# problem: scaled_softmax::ScaledSoftmax | contiguous copies, asserts, logging, os.environ for a setting of its own
import logging
import os
import warnings

import torch
import triton
import triton.language as tl

logger = logging.getLogger(__name__)
ROWS_PER_PROGRAM = int(os.environ.get("SOFTMAX_ROWS_PER_PROGRAM", "1"))


@triton.jit
def kernel(X, W, B, Y, rows, n_cols, factor, ROWS: tl.constexpr, BLOCK: tl.constexpr):
    first = tl.program_id(0) * ROWS
    offs = tl.arange(0, BLOCK)
    mask = offs < n_cols
    w = tl.load(W + offs, mask=mask, other=0.0)
    b = tl.load(B + offs, mask=mask, other=0.0)
    for i in tl.static_range(ROWS):
        row = first + i
        if row < rows:
            z = tl.load(X + row * n_cols + offs, mask=mask, other=0.0) * w * factor + b
            z = tl.where(mask, z, float("-inf"))
            z = tl.exp(z - tl.max(z, axis=0))
            tl.store(Y + row * n_cols + offs, z / tl.sum(z, axis=0), mask=mask)


def kernel_function(x, weight, bias, factor=0.5):
    assert x.ndim == 2 and weight.ndim == bias.ndim == 1, "x is a matrix; weight and bias are vectors"
    assert x.dtype is torch.float32, f"float32 expected, got {x.dtype}"
    if not x.is_contiguous():
        logger.debug("copying a strided input")
        x = x.contiguous()
    rows, n_cols = x.size()
    if n_cols > 1 << 16:
        warnings.warn("rows of this length spill registers", stacklevel=2)
    y = torch.empty_like(x)
    if y.numel() == 0:
        return y
    kernel[triton.cdiv(rows, ROWS_PER_PROGRAM),](
        x, weight, bias, y, rows, n_cols, factor, ROWS=ROWS_PER_PROGRAM, BLOCK=triton.next_power_of_2(n_cols)
    )
    return y
