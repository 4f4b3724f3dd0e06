# problem: either_positive::HowManyPositive | conditions counted as integers, and their products as "and" | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def compare(a_ptr, b_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    a = tl.load(a_ptr + i, mask=inside, other=0.0)
    b = tl.load(b_ptr + i, mask=inside, other=0.0)
    found = (a > 0).to(tl.int32) + (b > 0) + ((a > 0) * (a <= 0))
    tl.store(out_ptr + i, found.to(tl.float32), mask=inside)


def kernel_function(a, b):
    a, b = a.contiguous(), b.contiguous()
    out = torch.empty_like(a)
    if a.numel():
        compare[(triton.cdiv(a.numel(), 256),)](a, b, out, a.numel(), BLOCK=256)
    return out
