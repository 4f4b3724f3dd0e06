# problem: drawing::Dropping | kernel_function with a parameter, and no class | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def dropping(x_ptr, weight_ptr, out_ptr, seed, n, width, BLOCK: tl.constexpr):
    local = tl.arange(0, BLOCK)
    offsets = tl.program_id(0) * BLOCK + local
    inside = offsets < n
    x = tl.load(x_ptr + offsets, mask=inside, other=0.0)
    weight = tl.load(weight_ptr + offsets % width, mask=inside, other=0.0)
    kept = tl.rand(seed, offsets) > 0.25
    tl.store(out_ptr + offsets, x * weight * tl.where(kept, 1.0 / 0.75, 0.0) + 1.0, mask=inside)


def kernel_function(x, weight):
    x = x.contiguous()
    out = torch.empty_like(x)
    seed = int(torch.randint(0, 2**31 - 1, (1,)))
    n = x.numel()
    if n:
        dropping[(triton.cdiv(n, 256),)](x, weight, out, seed, n, x.shape[1], BLOCK=256)
    return out
