# problem: far_back::AgainstEarlier | tries: what came earlier is left out | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def copied(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, tl.load(x_ptr + i, mask=i < n), mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        copied[(triton.cdiv(x.numel(), 32),)](x, out, x.numel(), BLOCK=32)
    return out
