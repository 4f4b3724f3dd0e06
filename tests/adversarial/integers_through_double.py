# problem: at_the_ends::Weighed | tries: 64-bit integers in float64, which is exact below 2**53 | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def weighed(x, y, out, count, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    heavy = 5 * tl.load(x + i, mask=i < count).to(tl.float64)
    tl.store(out + i, (heavy - tl.load(y + i, mask=i < count)).to(tl.int64), mask=i < count)


def kernel_function(x, y):
    out = torch.empty(x.shape, dtype=torch.int64, device=x.device)
    if out.numel():
        weighed[(triton.cdiv(out.numel(), 128),)](x.contiguous(), y.contiguous(), out, out.numel(), BLOCK=128)
    return out
