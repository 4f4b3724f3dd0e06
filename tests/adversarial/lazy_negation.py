# problem: negated::Model | tries: a lazy view that negates when it is copied | caught by: static | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, o, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    v = tl.load(x + i, mask=i < n)
    tl.store(o + i, v, mask=i < n)


def kernel_function(x):
    y = torch.empty_like(x).copy_(x._neg_view()).contiguous()
    o = torch.empty_like(y)
    k[(triton.cdiv(y.numel(), 256),)](y, o, y.numel(), B=256)
    return o
