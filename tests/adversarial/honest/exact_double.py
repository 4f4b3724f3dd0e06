# problem: pointwise::ExactDouble | float64 constants written so that they are not rounded to float32 | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def affine_exp(x, y, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(x + i, mask=i < n)
    tenth = tl.full((BLOCK,), 1.0, tl.float64) / tl.full((BLOCK,), 10.0, tl.float64)
    third = tl.full((BLOCK,), 1.0, tl.float64) / tl.full((BLOCK,), 3.0, tl.float64)
    tl.store(y + i, tl.exp(v) * tenth + third, mask=i < n)


def kernel_function(x):
    flat = x.contiguous().view(-1)
    out = torch.empty_like(flat)
    affine_exp[(triton.cdiv(flat.numel(), 64),)](flat, out, flat.numel(), BLOCK=64)
    return out.view(x.shape)
