# problem: second_blocks::BinsGiven | tries: a binary search of eight steps, room for 255 edges | caught by: values: s0 | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def search_kernel(x_ptr, e_ptr, o_ptr, n, E, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    m = i < n
    x = tl.load(x_ptr + i, mask=m, other=0.0)
    lo = tl.zeros((BLOCK,), tl.int32)
    hi = tl.zeros((BLOCK,), tl.int32) + E
    for _ in range(8):
        mid = lo + (hi - lo) // 2
        go = lo < hi
        e = tl.load(e_ptr + mid, mask=m & go, other=0.0)
        right = go & ~(e >= x)
        lo = tl.where(right, mid + 1, lo)
        hi = tl.where(go & ~right, mid, hi)
    tl.store(o_ptr + i, lo.to(tl.int64), mask=m)


def kernel_function(x, edges):
    x = x.contiguous()
    edges = edges.contiguous()
    out = torch.empty(x.shape, device=x.device, dtype=torch.int64)
    n = x.numel()
    if n:
        search_kernel[(triton.cdiv(n, 256),)](x, edges, out, n, edges.numel(), BLOCK=256)
    return out
