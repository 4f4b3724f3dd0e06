# problem: places_above_zero::Places | takes the lanes of one atomic to come in order | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def compact(x_ptr, out_ptr, count_ptr, n, BLOCK: tl.constexpr):
    for start in range(0, n, BLOCK):
        i = start + tl.arange(0, BLOCK)
        hit = (tl.load(x_ptr + i, mask=i < n, other=0.0) > 0) & (i < n)
        slot = tl.atomic_add(count_ptr + tl.zeros((BLOCK,), tl.int32), 1, mask=hit)
        tl.store(out_ptr + slot, i.to(tl.int64), mask=hit)


def kernel_function(x):
    x = x.contiguous()
    n = x.numel()
    out = torch.empty(n, device=x.device, dtype=torch.int64)
    count = torch.zeros(1, device=x.device, dtype=torch.int32)
    if n:
        compact[(1,)](x, out, count, n, BLOCK=256)
    return out[: count.item()]
