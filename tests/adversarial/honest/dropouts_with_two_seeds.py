# problem: drawing_twice::Apart | two dropouts in two launches, each with a seed of its own | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def dropped(x_ptr, out_ptr, n, seed, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offsets < n
    x = tl.load(x_ptr + offsets, mask=inside, other=0.0)
    tl.store(out_ptr + offsets, tl.where(tl.rand(seed, offsets) > 0.5, x * 2.0, 0.0), mask=inside)


def dropout(x, seed):
    x = x.contiguous()
    out = torch.empty_like(x)
    dropped[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), seed, BLOCK=256)
    return out


def kernel_function(q, k):
    first = int(torch.randint(0, 2**31 - 1, (1,)))
    second = int(torch.randint(0, 2**31 - 1, (1,)))
    return dropout(q, first), dropout(k, second)
