# problem: times_two::Model | tries: tl.multiple_of on a pointer to rows that are not aligned | caught by: memory | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x_ptr, o_ptr, n, B: tl.constexpr):
    r = tl.program_id(0)
    j = tl.arange(0, B)
    x_row = tl.multiple_of(x_ptr + r * n, 16)
    o_row = tl.multiple_of(o_ptr + r * n, 16)
    for q in range(0, n // B * B, B):
        tl.store(o_row + q + j, tl.load(x_row + q + j) * 2.0)
    t = n // B * B + j
    tl.store(o_row + t, tl.load(x_row + t, mask=t < n) * 2.0, mask=t < n)


def kernel_function(x):
    x = x.contiguous()
    o = torch.empty_like(x)
    if x.numel():
        k[(x.shape[0],)](x, o, x.shape[1], B=32, num_warps=1)
    return o
