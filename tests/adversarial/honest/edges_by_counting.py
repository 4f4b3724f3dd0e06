# problem: second_blocks::BinsGiven | counts the edges below; right where they are in order | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def count_kernel(x_ptr, e_ptr, o_ptr, n, E, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0)
    c = tl.zeros((BLOCK,), tl.int64)
    for j in range(E):
        e = tl.load(e_ptr + j)
        # NaN goes past the end, as in torch
        c += ((e < x) | (x != x)).to(tl.int64)
    tl.store(o_ptr + i, c, mask=i < n)


def kernel_function(x, edges):
    x = x.contiguous()
    edges = edges.contiguous()
    out = torch.empty(x.shape, device=x.device, dtype=torch.int64)
    n = x.numel()
    if n:
        count_kernel[(triton.cdiv(n, 256),)](x, edges, out, n, edges.numel(), BLOCK=256)
    return out
