# problem: tails_of_erf::UpperTail | libdevice's own function, which keeps the digits
import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def upper_tail(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0)
    tl.store(out_ptr + i, libdevice.erfc(x), mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        upper_tail[(triton.cdiv(x.numel(), 64),)](x, out, x.numel(), BLOCK=64)
    return out
