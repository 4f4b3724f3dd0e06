# problem: softmax_rows::Model | tries: one block holds a row; how long it is are factors with names | caught by: values: s0 | slow: yes
import torch
import triton
import triton.language as tl

WARPS, LANES = 2, 32
EACH = 4
WIDTH = WARPS * LANES * EACH


@triton.jit
def rows(x_ptr, out_ptr, width, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    inside = column < width
    x = tl.load(x_ptr + row * width + column, mask=inside, other=float("-inf"))
    e = tl.exp(x - tl.max(x, 0))
    tl.store(out_ptr + row * width + column, e / tl.sum(e, 0), mask=inside)


def kernel_function(x):
    x = x.contiguous()
    out = torch.zeros_like(x)
    if x.numel():
        rows[(x.numel() // x.shape[-1],)](x, out, x.shape[-1], BLOCK=WIDTH, num_warps=WARPS)
    return out
