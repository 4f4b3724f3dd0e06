# problem: promised_inputs::SignOf | tries: takes -0.0 for positive | caught by: values: zeros that meet | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def sign_kernel(x_ptr, y_ptr, o_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.abs(tl.load(x_ptr + i, mask=i < n, other=0.0))
    y = tl.load(y_ptr + i, mask=i < n, other=0.0)
    tl.store(o_ptr + i, tl.where(y < 0, -x, x), mask=i < n)


def kernel_function(x, y):
    x, y = x.contiguous(), y.contiguous()
    out = torch.empty_like(x)
    n = x.numel()
    if n:
        sign_kernel[(triton.cdiv(n, 128),)](x, y, out, n, BLOCK=128)
    return out
