# problem: guarded_z_scores::GuardedZScores | three loops over a row; one element is its own mean
import torch
import triton
import triton.language as tl


@triton.jit
def z_scores(x, out, n, s0, s1, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    total = 0.0
    for start in range(0, n, BLOCK):
        at = start + tl.arange(0, BLOCK)
        total += tl.sum(tl.load(x + row * s0 + at * s1, mask=at < n, other=0.0), axis=0)
    mean = total / n
    squares = 0.0
    for start in range(0, n, BLOCK):
        at = start + tl.arange(0, BLOCK)
        off = tl.where(at < n, tl.load(x + row * s0 + at * s1, mask=at < n, other=0.0) - mean, 0.0)
        squares += tl.sum(off * off, axis=0)
    std = tl.sqrt(squares / n)
    for start in range(0, n, BLOCK):
        at = start + tl.arange(0, BLOCK)
        off = tl.load(x + row * s0 + at * s1, mask=at < n, other=0.0) - mean
        z = tl.where(std > 0, off / tl.where(std > 0, std, 1.0), 0.0)
        tl.store(out + row * n + at, z, mask=at < n)


def kernel_function(x):
    rows, n = x.shape
    out = torch.empty((rows, n), device=x.device, dtype=x.dtype)
    if out.numel():
        z_scores[(rows,)](x, out, n, *x.stride(), BLOCK=128)
    return out
