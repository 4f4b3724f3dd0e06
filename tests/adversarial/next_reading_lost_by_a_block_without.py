# problem: seldom::UntilNext | tries: goes back over blocks, and forgets the next reading in one that is all missing | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def smaller(a, b):
    return tl.minimum(a, b)


@triton.jit
def until_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    base = tl.program_id(0).to(tl.int64) * n
    following = n
    blocks = tl.cdiv(n, BLOCK)
    for number in range(0, blocks):
        at = (blocks - 1 - number) * BLOCK + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + base + at, mask=at < n, other=float("nan"))
        there = tl.where(x == x, at, n)
        found = tl.minimum(tl.associative_scan(there, 0, smaller, reverse=True), following)
        tl.store(out_ptr + base + at, (found - at).to(tl.int64), mask=at < n)
        following = tl.min(there, axis=0)


def kernel_function(series):
    series = series.contiguous()
    out = torch.empty(series.shape, device=series.device, dtype=torch.int64)
    if out.numel():
        until_kernel[(series.shape[0],)](series, out, series.shape[1], BLOCK=32)
    return out
