# problem: sized::Many | tries: leaves out what the module does from more rows on than the example has | caught by: values | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def relu(x_ptr, o_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0)
    tl.store(o_ptr + i, tl.where(x < 0, 0.0, x), mask=i < n)

def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        relu[(triton.cdiv(x.numel(), 64),)](x, out, x.numel(), BLOCK=64)
    return out
