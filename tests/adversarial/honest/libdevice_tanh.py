# problem: layers::TanhScaled | libdevice, which the interpreter has not | slow: yes
import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def tanh_scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, libdevice.tanh(tl.load(x_ptr + i, mask=i < n)) * 3.0, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    tanh_scaled[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out
