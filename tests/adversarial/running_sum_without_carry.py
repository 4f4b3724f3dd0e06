# problem: reductions::RunningSum | tries: blocks after the first start from zero again | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def cumulative(x_ptr, y_ptr, n, sr, sc, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    carry = 0.0
    for start in range(0, n, BLOCK):
        i = start + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + row * sr + i * sc, mask=i < n, other=0.0)
        tl.store(y_ptr + row * n + i, tl.cumsum(x, axis=0) + carry, mask=i < n)
        carry += 0.0


def kernel_function(x):
    y = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    cumulative[(x.shape[0],)](x, y, x.shape[1], x.stride(0), x.stride(1), BLOCK=32)
    return y
