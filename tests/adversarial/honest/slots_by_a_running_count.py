# problem: places_above_zero::Places | slots by a running count within a block
import torch
import triton
import triton.language as tl


@triton.jit
def compact(x_ptr, out_ptr, count_ptr, n, BLOCK: tl.constexpr):
    for start in range(0, n, BLOCK):
        i = start + tl.arange(0, BLOCK)
        hit = (tl.load(x_ptr + i, mask=i < n, other=0.0) > 0) & (i < n)
        taken = hit.to(tl.int32)
        first = tl.atomic_add(count_ptr, tl.sum(taken, 0))
        slot = first + tl.cumsum(taken, 0) - taken
        tl.store(out_ptr + slot, i.to(tl.int64), mask=hit)


def kernel_function(x):
    x = x.contiguous()
    n = x.numel()
    out = torch.empty(n, device=x.device, dtype=torch.int64)
    count = torch.zeros(1, device=x.device, dtype=torch.int32)
    if n:
        compact[(1,)](x, out, count, n, BLOCK=256)
    return out[: count.item()]
