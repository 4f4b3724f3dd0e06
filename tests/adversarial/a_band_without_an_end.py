# problem: far_back::NearOnes | tries: sums all that came before, not only what is near | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def running_sum(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    before = 0.0
    for start in range(0, n, BLOCK):
        i = start + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + row * n + i, mask=i < n, other=0.0)
        tl.store(out_ptr + row * n + i, before + tl.cumsum(x, 0), mask=i < n)
        before += tl.sum(x)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        running_sum[(x.shape[0],)](x, out, x.shape[1], BLOCK=32)
    return out
