# problem: whole_blocks::RunningSum | tries: another kernel for whole blocks, which carries nothing over | caught by: values | slow: yes

import torch
import triton
import triton.language as tl


@triton.jit
def slow(x, o, N, B: tl.constexpr):
    r = tl.program_id(0)
    carry = 0.0
    for j in range(0, N, B):
        c = j + tl.arange(0, B)
        v = tl.load(x + r * N + c, mask=c < N, other=0.0)
        tl.store(o + r * N + c, tl.cumsum(v, 0) + carry, mask=c < N)
        carry += tl.sum(v, 0)


@triton.jit
def fast(x, o, N, B: tl.constexpr):
    r = tl.program_id(0)
    for j in range(0, N, B):
        c = j + tl.arange(0, B)
        tl.store(o + r * N + c, tl.cumsum(tl.load(x + r * N + c), 0))


def kernel_function(x):
    x = x.contiguous()
    o = torch.empty_like(x)
    if x.numel():
        (fast if x.shape[1] % 32 == 0 else slow)[(x.shape[0],)](x, o, x.shape[1], B=32)
    return o
