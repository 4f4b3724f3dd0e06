# problem: many_arguments::RolledAndLeaky | tries: takes a shift for positive and a slope for below one | caught by: values: larger numbers | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x_ptr, o_ptr, n, s, slope, B: tl.constexpr):
    r = tl.program_id(0)
    for b in range(0, n, B):
        j = b + tl.arange(0, B)
        ok = j < n
        x = tl.load(x_ptr + r * n + tl.where(j < s, j - s + n, j - s), mask=ok)
        tl.store(o_ptr + r * n + j, tl.maximum(x, slope * x), mask=ok)


def kernel_function(x, shift, slope):
    x = x.contiguous()
    o = torch.empty_like(x)
    if x.numel():
        shift = shift - x.shape[1] * (shift // x.shape[1]) if shift >= 0 else 0
        k[(x.shape[0],)](x, o, x.shape[1], shift, slope, B=128)
    return o
