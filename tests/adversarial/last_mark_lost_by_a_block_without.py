# problem: seldom::SinceMark | tries: forgets the last mark in a block that has none | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def larger(a, b):
    return tl.maximum(a, b)


@triton.jit
def since_kernel(codes_ptr, out_ptr, n, BLOCK: tl.constexpr):
    base = tl.program_id(0).to(tl.int64) * n
    last = -1
    for start in range(0, n, BLOCK):
        at = start + tl.arange(0, BLOCK)
        code = tl.load(codes_ptr + base + at, mask=at < n, other=0)
        marked = tl.where((code == 7) & (at < n), at, -1)
        found = tl.maximum(tl.associative_scan(marked, 0, larger), last)
        tl.store(out_ptr + base + at, (at - found).to(tl.int64), mask=at < n)
        last = tl.max(marked, axis=0)


def kernel_function(codes):
    codes = codes.contiguous()
    out = torch.empty(codes.shape, device=codes.device, dtype=torch.int64)
    if out.numel():
        since_kernel[(codes.shape[0],)](codes, out, codes.shape[1], BLOCK=64)
    return out
