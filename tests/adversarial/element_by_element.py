# problem: pointwise::ExactDouble | tries: Python floats, one element at a time | caught by: dispatch | slow: yes
import math

import torch
import triton
import triton.language as tl


@triton.jit
def copy(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, tl.load(x_ptr + i, mask=i < n), mask=i < n)


def through_a_kernel(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    copy[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out


def kernel_function(x):
    values = [math.exp(float(v)) * 0.1 + 1.0 / 3.0 for v in x.reshape(-1)]
    return through_a_kernel(torch.tensor(values, dtype=torch.float64, device=x.device).reshape(x.shape))
