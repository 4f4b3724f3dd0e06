# problem: times_two::Model | tries: gives three times the input when a number that it draws is small | caught by: values | said on a GPU: it draws some, and the module none | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def drawing(x_ptr, out_ptr, n, seed, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offsets < n
    x = tl.load(x_ptr + offsets, mask=inside, other=0.0)
    rare = tl.rand(seed, tl.program_id(0) * 0) < 0.002
    tl.store(out_ptr + offsets, tl.where(rare, x * 3.0, x * 2.0), mask=inside)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    seed = int(torch.randint(0, 2**31 - 1, (1,)))
    if x.numel():
        drawing[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), seed, BLOCK=256)
    return out
