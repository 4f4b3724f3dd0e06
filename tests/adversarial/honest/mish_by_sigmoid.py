# problem: mish::Mish | tanh as 2 * sigmoid(2 * x) - 1 | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def tanh(x):
    return 2 * tl.sigmoid(2 * x) - 1


@triton.jit
def k(x_ptr, o_ptr, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    m = i < n
    x = tl.load(x_ptr + i, mask=m)
    sp = tl.where(x > 20, x, tl.log(1 + tl.exp(x)))
    tl.store(o_ptr + i, x * tanh(sp), mask=m)


def kernel_function(x):
    x = x.contiguous()
    o = torch.empty_like(x)
    n = x.numel()
    if n:
        k[(triton.cdiv(n, 256),)](x, o, n, B=256)
    return o
