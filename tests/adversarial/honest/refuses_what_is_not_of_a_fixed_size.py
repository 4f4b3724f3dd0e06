# problem: scored_rows::Model | takes a size that the module leaves free for one that it fixes, as they are in the example, and refuses all others by an exception | slow: yes
import math

import torch
import triton
import triton.language as tl


@triton.jit
def score_kernel(a_ptr, b_ptr, c_ptr, out_ptr, width, factor, a_row, a_column, b_row, b_column, c_row, c_column, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    score = tl.zeros((BLOCK,), tl.float32)
    for start in range(0, width, BLOCK):
        column = start + tl.arange(0, BLOCK)
        inside = column < width
        a = tl.load(a_ptr + row * a_row + column * a_column, mask=inside, other=0.0)
        b = tl.load(b_ptr + row * b_row + column * b_column, mask=inside, other=0.0)
        score += a * b
    scale = tl.sum(score, 0) * factor
    for start in range(0, width, BLOCK):
        column = start + tl.arange(0, BLOCK)
        inside = column < width
        c = tl.load(c_ptr + row * c_row + column * c_column, mask=inside, other=0.0)
        tl.store(out_ptr + row * width + column, scale * c, mask=inside)


def kernel_function(a, b, c):
    if not a.shape == b.shape == c.shape:
        raise ValueError("rows of one width")
    rows, width = a.shape
    out = torch.empty((rows, width), dtype=a.dtype, device=a.device)
    if out.numel():
        score_kernel[(rows,)](a, b, c, out, width, math.exp(-width / 8), *a.stride(), *b.stride(), *c.stride(), BLOCK=32)
    return out
