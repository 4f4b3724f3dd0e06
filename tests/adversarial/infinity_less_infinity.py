# problem: at_the_ends::LogSum | tries: the difference of two inputs that are both infinite | caught by: values: infinities that meet | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def log_sum(x, y, out, count, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    a, b = tl.load(x + i, mask=i < count), tl.load(y + i, mask=i < count)
    tl.store(out + i, tl.maximum(a, b) + tl.log(1.0 + tl.exp(-tl.abs(a - b))), mask=i < count)


def kernel_function(x, y):
    x, y = x.contiguous(), y.contiguous()
    out = torch.empty_like(x)
    if out.numel():
        log_sum[(triton.cdiv(out.numel(), 128),)](x, y, out, out.numel(), BLOCK=128)
    return out
