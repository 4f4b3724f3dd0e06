# problem: drawing_planes::Planes | tries: drops single elements where whole planes are dropped | caught by: randomness: distribution | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def drawing(x_ptr, out_ptr, n, seed, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offsets < n
    x = tl.load(x_ptr + offsets, mask=inside, other=0.0)
    kept = tl.rand(seed, offsets) > 0.25
    tl.store(out_ptr + offsets, tl.where(kept, x / 0.75, 0.0), mask=inside)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    seed = int(torch.randint(0, 2**31 - 1, (1,)))
    if x.numel():
        drawing[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), seed, BLOCK=256)
    return out
