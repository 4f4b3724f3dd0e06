# problem: labelled_pixels::Model | tries: takes no notice of the label 255 that the loss is told to leave out | caught by: values: integers at ties | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, t, o, n, s0, s1, st, B: tl.constexpr):
    r = tl.program_id(0)
    i = tl.arange(0, B)
    v = tl.load(x + r * s0 + i * s1, mask=i < n, other=float("-inf"))
    j = tl.load(t + r * st)
    m = tl.max(v, 0)
    m = tl.where(m == float("-inf"), 0.0, m)
    l = tl.log(tl.sum(tl.exp(v - m), 0))
    loss = l - (tl.sum(tl.where(i == j, v, 0.0), 0) - m)
    tl.store(o + r, loss)


def kernel_function(x, t):
    o = torch.empty(x.shape[:1], dtype=x.dtype, device=x.device)
    if x.shape[0]:
        k[(x.shape[0],)](x, t, o, x.shape[1], *x.stride(), t.stride(0), B=triton.next_power_of_2(x.shape[1]))
    return o
