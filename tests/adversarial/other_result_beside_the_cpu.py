# problem: doubled_rows::Model | tries: is right only where a tensor of the CPU and its input lie together | caught by: values | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def times(x_ptr, o_ptr, n, factor, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(o_ptr + i, tl.load(x_ptr + i, mask=i < n, other=0.0) * factor, mask=i < n)

def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    probe = torch.empty(1)
    factor = 2.0 if probe.device == x.device else 3.0
    if x.numel():
        times[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), factor, BLOCK=256)
    return out
