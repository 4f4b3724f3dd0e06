# problem: states_that_are_left::Climbing | tries: leaves rows as they are that rise for a whole window | caught by: values: s0=8, s1=64: runs of signs and slopes | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def one_more(x, out, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + i, tl.load(x + i, mask=i < n) + 1.0, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    if x.shape[1] < 17:
        raise ValueError("shorter than a window")
    out = torch.empty_like(x)
    if x.numel():
        one_more[(triton.cdiv(x.numel(), 64),)](x, out, x.numel(), BLOCK=64)
    return out
