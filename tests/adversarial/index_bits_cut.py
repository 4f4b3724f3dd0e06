# problem: gathered::Model | tries: keeps five bits of an index | caught by: values: indices to the end | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, ix, o, L, x0, x1, s0, s1, B: tl.constexpr):
    r = tl.program_id(0)
    j = tl.arange(0, B)
    i = tl.load(ix + r * s0 + j * s1, mask=j < L, other=0)
    i = i & 31
    tl.store(o + r * L + j, tl.load(x + r * x0 + i * x1, mask=j < L), mask=j < L)


def kernel_function(x, i):
    o = torch.empty(i.shape, dtype=x.dtype, device=x.device)
    k[(i.shape[0],)](x, i, o, i.shape[1], *x.stride(), *i.stride(), B=triton.next_power_of_2(max(i.shape[1], 1)))
    return o
