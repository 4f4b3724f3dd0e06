# problem: hypotenuse::Model | tries: sqrt(x^2 + y^2) for hypot: overflows where hypot does not | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, y, o, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    a = tl.load(x + i, mask=i < n)
    b = tl.load(y + i, mask=i < n)
    tl.store(o + i, tl.sqrt(a * a + b * b), mask=i < n)


def kernel_function(x, y):
    x = x.contiguous()
    y = y.contiguous()
    o = torch.empty_like(x)
    k[(triton.cdiv(x.numel(), 256),)](x, y, o, x.numel(), B=256)
    return o
