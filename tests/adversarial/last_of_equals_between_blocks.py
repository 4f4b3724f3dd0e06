# problem: second_blocks::FirstLargest | tries: the last block with the largest value wins, where the first must | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def kern(x_ptr, o_ptr, C, sr, sc, B: tl.constexpr):
    r = tl.program_id(0)
    i = tl.arange(0, B)
    best = -float("inf")
    at = 0
    for s in range(0, C, B):
        x = tl.load(x_ptr + r * sr + (s + i) * sc, mask=s + i < C, other=-float("inf"))
        x = tl.where(x != x, float("inf"), x)
        m = tl.max(x, 0)
        a = tl.argmax(x, 0) + s
        take = m >= best
        at = tl.where(take & ((s == 0) | (m > -float("inf"))), a, at)
        best = tl.where(take, m, best)
    tl.store(o_ptr + r, at)


def kernel_function(x):
    R, C = x.shape
    o = torch.empty((R,), dtype=torch.int64, device=x.device)
    if R and C:
        kern[(R,)](x, o, C, x.stride(0), x.stride(1), B=256)
    return o
