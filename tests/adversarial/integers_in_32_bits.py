# problem: integer_affine::Model | tries: computes 64-bit integers in 32 bits | caught by: values: large integers | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, y, o, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    a = tl.load(x + i, mask=i < n).to(tl.int32)
    b = tl.load(y + i, mask=i < n).to(tl.int32)
    tl.store(o + i, (a * b + 3).to(tl.int64), mask=i < n)


def kernel_function(x, y):
    x = x.contiguous()
    y = y.contiguous()
    o = torch.empty_like(x)
    k[(triton.cdiv(x.numel(), 256),)](x, y, o, x.numel(), B=256)
    return o
