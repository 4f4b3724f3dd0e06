# problem: kept_from_call_to_call::Smoothed | shows: a function that is handed the tensor which lies in an attribute | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def smoothed(x_ptr, mean_ptr, y_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    y = 0.5 * tl.load(mean_ptr + i, mask=i < n) + 0.5 * tl.load(x_ptr + i, mask=i < n)
    tl.store(y_ptr + i, y, mask=i < n)


def kernel_function(x, mean):
    x = x.contiguous()
    y = torch.empty_like(x)
    smoothed[(triton.cdiv(x.numel(), 64),)](x, mean.contiguous(), y, x.numel(), BLOCK=64)
    return y
