# problem: gated::NormOfHeads | heads that are views of rows | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def norm_of_rows(x, out, heads, rows, sb, sh, sr, WIDTH: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    batch, head, place = row // (heads * rows), row // rows % heads, row % rows
    c = tl.arange(0, BLOCK)
    v = tl.load(x + batch * sb + head * sh + place * sr + c, mask=c < WIDTH, other=0.0)
    scale = tl.rsqrt(tl.sum(v * v) / WIDTH + 1e-6)
    tl.store(out + row * WIDTH + c, v * scale, mask=c < WIDTH)


def kernel_function(heads):
    heads = heads if heads.stride(-1) == 1 else heads.contiguous()
    batches, count, rows, width = heads.shape
    out = torch.empty(heads.shape, dtype=heads.dtype, device=heads.device)
    if out.numel():
        norm_of_rows[(batches * count * rows,)](
            heads, out, count, rows, *heads.stride()[:3], WIDTH=width, BLOCK=triton.next_power_of_2(width)
        )
    return out
