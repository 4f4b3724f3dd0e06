# problem: rounded_to_integer::Model | tries: adds and takes off 1.5 * 2^23: wrong above 2^22 | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, o, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    a = tl.load(x + i, mask=i < n, other=0.0)
    a = tl.where(tl.abs(a) < 1e30, (a + 12582912.0) - 12582912.0, a)
    tl.store(o + i, a.to(tl.int64), mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    o = torch.empty_like(x, dtype=torch.int64)
    k[(triton.cdiv(x.numel(), 256),)](x, o, x.numel(), B=256)
    return o
