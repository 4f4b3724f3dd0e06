# problem: own_numbers::WithoutAToken | tries: leaves out an input of which the module looks for one number alone | caught by: values: integers at ties | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x_ptr, o_ptr, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    m = i < n
    tl.store(o_ptr + i, tl.load(x_ptr + i, mask=m) * 2.0, mask=m)


def kernel_function(x, ids):
    x = x.contiguous()
    o = torch.empty_like(x)
    n = x.numel()
    if n:
        k[(triton.cdiv(n, 256),)](x, o, n, B=256)
    return o
