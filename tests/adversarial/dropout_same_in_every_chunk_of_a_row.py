# problem: drawing_rows::Model | tries: goes through a row chunk by chunk, and draws each by the place within it | caught by: randomness: independence | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def dropping(x_ptr, out_ptr, seed, width, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    local = tl.arange(0, BLOCK)
    for start in range(0, width, BLOCK):
        col = start + local
        inside = col < width
        x = tl.load(x_ptr + row * width + col, mask=inside, other=0.0)
        kept = tl.rand(seed, row * BLOCK + local) > 0.5
        tl.store(out_ptr + row * width + col, tl.where(kept, x * 2.0, 0.0), mask=inside)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    seed = int(torch.randint(0, 2**31 - 1, (1,)))
    if x.numel():
        dropping[(x.shape[0],)](x, out, seed, x.shape[1], BLOCK=256)
    return out
