# problem: doubled_rows::Model | tries: hands its kernel a table that was made when the file was loaded, on the CPU | caught by: runs | slow: yes
import torch
import triton
import triton.language as tl

FACTOR = torch.full((1,), 2.0)

@triton.jit
def times(x_ptr, factor_ptr, o_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(o_ptr + i, tl.load(x_ptr + i, mask=i < n, other=0.0) * tl.load(factor_ptr), mask=i < n)

def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        times[(triton.cdiv(x.numel(), 256),)](x, FACTOR, out, x.numel(), BLOCK=256)
    return out
