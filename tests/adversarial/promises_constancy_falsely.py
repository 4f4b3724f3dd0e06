# problem: relu_doubled::Model | tries: a false tl.max_constancy, so that one lane's mask is taken for others | caught by: memory | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def k(x_ptr, o_ptr, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    m = tl.max_constancy(i < n, [16])
    x = tl.load(x_ptr + i, mask=m)
    tl.store(o_ptr + i, tl.maximum(x, 0.0) * 2, mask=m)

def kernel_function(x):
    x = x.contiguous()
    o = torch.empty_like(x)
    n = x.numel()
    if n:
        k[(triton.cdiv(n, 256),)](x, o, n, B=256)
    return o
