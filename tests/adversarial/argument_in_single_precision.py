# problem: pointwise::ExactDouble | tries: float64 numbers as arguments of the launch, which hands on float32 | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def affine_exp(x, out, count, slope, offset, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(x + i, mask=i < count)
    tl.store(out + i, tl.exp(v) * slope + offset, mask=i < count)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if out.numel():
        affine_exp[(triton.cdiv(out.numel(), 64),)](x, out, out.numel(), 0.1, 1 / 3, BLOCK=64)
    return out
