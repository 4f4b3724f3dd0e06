# problem: far_back::BehindMean | a number of a loop below zero is still an int32 | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def behind_mean(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    for place in range(n):
        first = tl.maximum(place - 40, 0)
        total = 0.0
        for start in range(first, n, BLOCK):
            i = start + tl.arange(0, BLOCK)
            total += tl.sum(tl.load(x_ptr + row * n + i, mask=i < n, other=0.0))
        tl.store(out_ptr + row * n + place, total / (n - first))


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        behind_mean[(x.shape[0],)](x, out, x.shape[1], BLOCK=64)
    return out
