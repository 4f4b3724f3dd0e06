# problem: like_its_weights::Quantiser | a running minimum over blocks of codes, by differences | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def nearest(x_ptr, codes_ptr, out_ptr, codes, width, BLOCK_C: tl.constexpr, BLOCK_W: tl.constexpr):
    row = tl.program_id(0)
    w = tl.arange(0, BLOCK_W)
    x = tl.load(x_ptr + row * width + w, mask=w < width, other=0.0)
    best = tl.full((), float("inf"), tl.float32)
    for first in range(0, codes, BLOCK_C):
        c = first + tl.arange(0, BLOCK_C)
        inside = (c[:, None] < codes) & (w[None, :] < width)
        code = tl.load(codes_ptr + c[:, None] * width + w[None, :], mask=inside, other=0.0)
        away = x[None, :] - code
        apart = tl.sum(away * away, axis=1)
        apart = tl.where(c < codes, apart, float("inf"))
        best = tl.minimum(best, tl.min(apart, axis=0))
    tl.store(out_ptr + row, tl.sqrt_rn(best))


def kernel_function(x, codebook):
    x, codebook = x.contiguous(), codebook.contiguous()
    rows, width = x.shape
    out = torch.empty(rows, device=x.device, dtype=x.dtype)
    if rows:
        nearest[(rows,)](x, codebook, out, len(codebook), width, BLOCK_C=16, BLOCK_W=triton.next_power_of_2(width))
    return out
