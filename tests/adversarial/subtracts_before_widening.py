# problem: at_the_ends::Widened | tries: a difference of 32-bit integers that is widened when it has overflowed | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def difference(x, y, out, count, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    found = tl.load(x + i, mask=i < count) - tl.load(y + i, mask=i < count)
    tl.store(out + i, found.to(tl.int64), mask=i < count)


def kernel_function(x, y):
    out = torch.empty(x.shape, dtype=torch.int64, device=x.device)
    if out.numel():
        grid = (triton.cdiv(out.numel(), 128),)
        difference[grid](x.contiguous(), y.contiguous(), out, out.numel(), BLOCK=128)
    return out
