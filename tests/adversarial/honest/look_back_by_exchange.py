# problem: gated::RunningTotal | programs number themselves, and hand totals on by exchanging floats | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def running_total(x, out, ticket, totals, ready, n, stride, BLOCK: tl.constexpr):
    block = tl.atomic_add(ticket, 1)
    i = block * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(x + i * stride, mask=i < n, other=0.0)
    before = 0.0
    if block > 0:
        while tl.atomic_add(ready + block - 1, 0) == 0:
            pass
        before = tl.atomic_xchg(totals + block - 1, 0.0)
    tl.atomic_xchg(totals + block, before + tl.sum(v))
    tl.atomic_xchg(ready + block, 1)
    tl.store(out + i, before + tl.cumsum(v), mask=i < n)


def kernel_function(x):
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    blocks = triton.cdiv(x.numel(), 128)
    if blocks:
        counters = torch.zeros((1 + blocks,), dtype=torch.int32, device=x.device)
        totals = torch.zeros((blocks,), dtype=torch.float32, device=x.device)
        running_total[(blocks,)](x, out, counters, totals, counters[1:], x.numel(), x.stride(0), BLOCK=128)
    return out
