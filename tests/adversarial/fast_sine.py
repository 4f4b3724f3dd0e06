# problem: sine::Model | tries: fast_sinf, which the interpreter computes exactly | caught by: precision | slow: yes
import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def k(x, o, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    a = tl.load(x + i, mask=i < n)
    tl.store(o + i, libdevice.fast_sinf(a), mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    o = torch.empty_like(x)
    k[(triton.cdiv(x.numel(), 256),)](x, o, x.numel(), B=256)
    return o
