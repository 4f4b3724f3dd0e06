# problem: times_two::Model | tries: tl.max_constancy on indices of which the mask is made | caught by: memory | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x_ptr, o_ptr, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    m = tl.max_constancy(i, [16]) < n
    tl.store(o_ptr + i, tl.load(x_ptr + i, mask=m) * 2.0, mask=m)


def kernel_function(x):
    x = x.contiguous()
    o = torch.empty_like(x)
    n = x.numel()
    if n:
        k[(triton.cdiv(n, 1024),)](x, o, n, B=1024)
    return o
