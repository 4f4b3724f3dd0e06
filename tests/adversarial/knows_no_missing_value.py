# problem: own_numbers::MeanWithoutMissing | tries: leaves out the number that stands for a missing value | caught by: values: numbers looked for | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x_ptr, o_ptr, n, B: tl.constexpr):
    r = tl.program_id(0)
    acc = tl.zeros((B,), tl.float32)
    for q in range(0, n, B):
        j = q + tl.arange(0, B)
        acc += tl.load(x_ptr + r * n + j, mask=j < n, other=0.0)
    tl.store(o_ptr + r, tl.sum(acc) / tl.maximum(n, 1))


def kernel_function(x):
    x = x.contiguous()
    o = x.new_empty(x.shape[0])
    if x.shape[0]:
        k[(x.shape[0],)](x, o, x.shape[1], B=128)
    return o
