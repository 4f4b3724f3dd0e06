# problem: decaying_reduce::Model | tries: reduces by a function that is associative alone, while lanes of a warp keep no order | caught by: values | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def then(decay, total, later_decay, later):
    return decay * later_decay, total * later_decay + later

@triton.jit
def decayed(x_ptr, o_ptr, stride_row, stride_column, WIDTH: tl.constexpr):
    row = tl.program_id(0)
    x = tl.load(x_ptr + row * stride_row + tl.arange(0, WIDTH) * stride_column)
    _, total = tl.reduce((tl.full((WIDTH,), 0.5, tl.float32), x), 0, then)
    tl.store(o_ptr + row, total)

def kernel_function(x):
    out = torch.empty(x.shape[0], dtype=x.dtype, device=x.device)
    if x.shape[0]:
        decayed[(x.shape[0],)](x, out, x.stride(0), x.stride(1), WIDTH=32)
    return out
