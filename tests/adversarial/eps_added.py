# problem: normalize_rows::Model | tries: adds eps to the norm instead of taking the larger | caught by: values: slices of every magnitude | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, o, n, s0, s1, B: tl.constexpr):
    r = tl.program_id(0)
    i = tl.arange(0, B)
    v = tl.load(x + r * s0 + i * s1, mask=i < n, other=0.0)
    d = tl.sqrt(tl.sum(v * v, 0)) + 1e-12
    tl.store(o + r * n + i, v / d, mask=i < n)


def kernel_function(x):
    o = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    k[(x.shape[0],)](x, o, x.shape[1], x.stride(0), x.stride(1), B=triton.next_power_of_2(x.shape[1]))
    return o
