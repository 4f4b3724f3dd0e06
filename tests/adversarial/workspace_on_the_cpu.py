# problem: doubled_rows::Model | tries: allocates without device=, so on a GPU the kernel is handed the CPU's memory | caught by: runs
import torch
import triton
import triton.language as tl

@triton.jit
def twice(x_ptr, o_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(o_ptr + i, tl.load(x_ptr + i, mask=i < n, other=0.0) * 2, mask=i < n)

def kernel_function(x):
    x = x.contiguous()
    out = torch.empty(x.shape, dtype=x.dtype)
    if x.numel():
        twice[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out
