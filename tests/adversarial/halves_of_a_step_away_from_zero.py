# problem: step_per_row::Model | tries: rounds halves of each row's step away from zero | caught by: values: halves of a given scale | slow: yes
import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def k(x_ptr, s_ptr, o_ptr, n, x0, x1, s0, B: tl.constexpr):
    r = tl.program_id(0)
    step = tl.load(s_ptr + r * s0)
    for c0 in range(0, n, B):
        c = c0 + tl.arange(0, B)
        x = tl.load(x_ptr + r * x0 + c * x1, mask=c < n, other=0.0)
        q = libdevice.round(x / step)
        q = tl.where(q != q, q, tl.clamp(q, -128.0, 127.0))
        tl.store(o_ptr + r * n + c, q * step, mask=c < n)


def kernel_function(x, s):
    rows, n = x.shape
    o = torch.empty((rows, n), dtype=x.dtype, device=x.device)
    if rows:
        k[(rows,)](x, s, o, n, x.stride(0), x.stride(1), s.stride(0), B=64)
    return o
