# problem: whole_blocks::DividedByColumns | tries: without masks every block takes the first block's weights | caught by: values | slow: yes

import torch
import triton
import triton.language as tl


@triton.heuristics({"EVEN": lambda a: a["N"] % a["B"] == 0})
@triton.jit
def k(x, w, o, N, B: tl.constexpr, EVEN: tl.constexpr):
    r = tl.program_id(0)
    for j in range(0, N, B):
        c = j + tl.arange(0, B)
        if EVEN:
            v = tl.load(x + r * N + c)
            g = tl.load(w + tl.arange(0, B))
            tl.store(o + r * N + c, v / (1.0 + tl.abs(g)))
        else:
            v = tl.load(x + r * N + c, mask=c < N)
            g = tl.load(w + c, mask=c < N)
            tl.store(o + r * N + c, v / (1.0 + tl.abs(g)), mask=c < N)


def kernel_function(x, w):
    x = x.contiguous()
    w = w.contiguous()
    o = torch.empty_like(x)
    if x.numel():
        k[(x.shape[0],)](x, w, o, x.shape[1], B=64)
    return o
