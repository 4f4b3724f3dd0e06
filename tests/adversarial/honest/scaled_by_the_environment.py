# problem: from_the_environment::Scaled | shows: right where the variables that the module asks for are not set, which is said | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def tripled(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y_ptr + i, tl.load(x_ptr + i, mask=i < n) * 3, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    y = torch.empty_like(x)
    tripled[(triton.cdiv(x.numel(), 64),)](x, y, x.numel(), BLOCK=64)
    return y
