# problem: tails_of_erf::UpperTail | tries: 1 - erf(x) for erfc(x), of which nothing is left at 6 | caught by: values
import torch
import triton
import triton.language as tl


@triton.jit
def upper_tail(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0)
    tl.store(out_ptr + i, 1.0 - tl.erf(x), mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        upper_tail[(triton.cdiv(x.numel(), 64),)](x, out, x.numel(), BLOCK=64)
    return out
