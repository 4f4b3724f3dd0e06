# problem: times_two::Model | tries: reads a loop's variable after the loop, where compiled code has nothing | caught by: static
import torch
import triton
import triton.language as tl


@triton.jit
def scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    for turn in range(3):
        pass
    tl.store(out_ptr + i, tl.load(x_ptr + i, mask=i < n) * turn, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        scaled[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out
