# problem: second_blocks::RunningSum | tries: turns each block round, and walks over the blocks from the left all the same | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def kern(x_ptr, o_ptr, C, REV: tl.constexpr, B: tl.constexpr):
    r = tl.program_id(0)
    i = tl.arange(0, B)
    carry = 0.0
    for s in range(0, C, B):
        x = tl.load(x_ptr + r * C + s + i, mask=s + i < C, other=0.0)
        y = tl.cumsum(x, 0, reverse=REV) + carry
        tl.store(o_ptr + r * C + s + i, y, mask=s + i < C)
        carry += tl.sum(x, 0)


def kernel_function(x, reverse=False):
    x = x.contiguous()
    R, C = x.shape
    o = torch.empty_like(x)
    if R and C:
        kern[(R,)](x, o, C, REV=reverse, B=128)
    return o
