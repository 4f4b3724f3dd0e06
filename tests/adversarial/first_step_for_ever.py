# problem: kept_from_call_to_call::WarmingUp | tries: takes a counter that is an attribute for what it is in the first call | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def eighth(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y_ptr + i, tl.load(x_ptr + i, mask=i < n) * 0.125, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    y = torch.empty_like(x)
    eighth[(triton.cdiv(x.numel(), 128),)](x, y, x.numel(), BLOCK=128)
    return y
