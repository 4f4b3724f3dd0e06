# problem: pointwise::ExactDouble | tries: a tenth and a third rounded to float32 in a float64 kernel | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def affine_exp(x, y, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(x + i, mask=i < n)
    tenth = (tl.full((BLOCK,), 1.0, tl.float32) / 10.0).to(tl.float64)
    third = (tl.full((BLOCK,), 1.0, tl.float32) / 3.0).to(tl.float64)
    tl.store(y + i, tl.exp(v) * tenth + third, mask=i < n)


def kernel_function(x):
    flat = x.contiguous().view(-1)
    out = torch.empty_like(flat)
    affine_exp[(triton.cdiv(flat.numel(), 64),)](flat, out, flat.numel(), BLOCK=64)
    return out.view(x.shape)
