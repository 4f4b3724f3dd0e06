# problem: rounding::Model | tries: rounds halves up, PyTorch to even | caught by: values: values at ties | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def k(x_ptr, o_ptr, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    m = i < n
    x = tl.load(x_ptr + i, mask=m)
    tl.store(o_ptr + i, tl.floor(x + 0.5), mask=m)

def kernel_function(x):
    x = x.contiguous()
    o = torch.empty_like(x)
    n = x.numel()
    if n:
        k[(triton.cdiv(n, 256),)](x, o, n, B=256)
    return o
