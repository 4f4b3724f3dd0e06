# problem: whole_blocks::LogSoftmax | tries: without masks every row begins one element after the one before | caught by: values | slow: yes

import torch
import triton
import triton.language as tl


@triton.heuristics({"EVEN": lambda a: a["N"] == a["B"]})
@triton.jit
def k(x, o, N, sx, B: tl.constexpr, EVEN: tl.constexpr):
    r = tl.program_id(0)
    c = tl.arange(0, B)
    if EVEN:
        v = tl.load(x + r + c)
    else:
        v = tl.load(x + r * sx + c, mask=c < N, other=float("-inf"))
    m = tl.max(v, 0)
    y = v - m - tl.log(tl.sum(tl.exp(v - m), 0))
    if EVEN:
        tl.store(o + r * N + c, y)
    else:
        tl.store(o + r * N + c, y, mask=c < N)


def kernel_function(x):
    x = x.contiguous()
    o = torch.empty_like(x)
    if x.numel():
        k[(x.shape[0],)](x, o, x.shape[1], x.stride(0), B=triton.next_power_of_2(x.shape[1]))
    return o
