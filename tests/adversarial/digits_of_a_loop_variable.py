# problem: times_two::Model | tries: computes with a loop's variable as if it had 64 bits | caught by: values: example
import torch
import triton
import triton.language as tl


@triton.jit
def scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n)
    factor = 0.0
    for turn in range(2):
        factor += (turn + 16777216.0) - 16777215.0
    tl.store(out_ptr + i, x * (factor - 1.0), mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        scaled[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out
