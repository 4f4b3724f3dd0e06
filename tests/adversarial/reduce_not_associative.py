# problem: decaying_reduce::Model | tries: reduce by a function that is not associative | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def comb(a, b):
    return 0.5 * a + b


@triton.jit
def k(x, o, s0, s1, B: tl.constexpr):
    r = tl.program_id(0)
    i = tl.arange(0, B)
    v = tl.load(x + r * s0 + i * s1)
    tl.store(o + r, tl.reduce(v, 0, comb))


def kernel_function(x):
    o = torch.empty((x.shape[0],), dtype=x.dtype, device=x.device)
    k[(x.shape[0],)](x, o, x.stride(0), x.stride(1), B=32)
    return o
