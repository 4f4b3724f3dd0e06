# problem: sums_from_behind::FromBehind | a loop counts down by a constant | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def sums(x_ptr, y_ptr, n, STEP: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    total = 0.0
    for i in range(n - 1, -1, STEP):
        total += tl.load(x_ptr + row * n + i)
        tl.store(y_ptr + row * n + i, total)


def kernel_function(x):
    x = x.contiguous()
    y = torch.empty_like(x)
    n = x.shape[-1]
    if x.numel():
        sums[(x.numel() // n,)](x, y, n, STEP=-1)
    return y
