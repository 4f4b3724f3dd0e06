# problem: not_exported::FirstRows | tries: gives a result of another shape than the data decide | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def doubled(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y_ptr + i, tl.load(x_ptr + i, mask=i < n) * 2, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    y = torch.empty_like(x)
    doubled[(triton.cdiv(x.numel(), 64),)](x, y, x.numel(), BLOCK=64)
    return y
