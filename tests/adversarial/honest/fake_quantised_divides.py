# problem: rounded_to_steps::FakeQuantised | divides by the scale, where PyTorch multiplies by its inverse | slow: yes
import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def k(x_ptr, o_ptr, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    x = tl.load(x_ptr + i, mask=i < n)
    q = libdevice.rint(x / 0.1) + 3.0
    y = (tl.minimum(tl.maximum(q, 0.0), 255.0) - 3.0) * 0.1
    tl.store(o_ptr + i, y, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    o = torch.empty_like(x)
    n = x.numel()
    if n:
        k[(triton.cdiv(n, 256),)](x, o, n, B=256)
    return o
