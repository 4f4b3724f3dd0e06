# problem: row_sum_squares::Model | tries: a block of 2048 and no loop: the rest of longer rows is left out | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, o, n, s0, s1, B: tl.constexpr):
    r = tl.program_id(0)
    i = tl.arange(0, B)
    v = tl.load(x + r * s0 + i * s1, mask=i < n, other=0.0)
    tl.store(o + r, tl.sum(v, 0))


def kernel_function(x):
    o = torch.empty(x.shape[:1], dtype=x.dtype, device=x.device)
    k[(x.shape[0],)](x, o, x.shape[1], x.stride(0), x.stride(1), B=2048)
    return o
