# problem: beside_tensors::OneLess | tries: takes a float from one in the kernel, where it is a float32 | caught by: precision | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def scaled(x_ptr, y_ptr, n, beta, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y_ptr + i, tl.load(x_ptr + i, mask=i < n) * (1 - beta), mask=i < n)


def kernel_function(x, beta):
    x = x.contiguous()
    y = torch.empty_like(x)
    scaled[(triton.cdiv(x.numel(), 64),)](x, y, x.numel(), beta, BLOCK=64)
    return y
