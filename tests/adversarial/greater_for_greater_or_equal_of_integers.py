# problem: own_numbers::DoubledFrom | tries: takes > for >= at a threshold of integers | caught by: values: integers at ties | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x_ptr, o_ptr, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    m = i < n
    x = tl.load(x_ptr + i, mask=m)
    tl.store(o_ptr + i, tl.where(x > 50000, x * 2, x), mask=m)


def kernel_function(x):
    x = x.contiguous()
    o = torch.empty_like(x)
    n = x.numel()
    if n:
        k[(triton.cdiv(n, 256),)](x, o, n, B=256)
    return o
