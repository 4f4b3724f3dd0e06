# problem: layers::TanhScaled | tries: programs that write overlapping blocks, the later one right | caught by: memory | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def tanh_scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * (BLOCK // 2) + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n)
    first_half = tl.arange(0, BLOCK) < BLOCK // 2
    right = (2.0 * tl.sigmoid(2.0 * x) - 1.0) * 3.0
    tl.store(out_ptr + i, tl.where(first_half, right, 0.0), mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    tanh_scaled[(triton.cdiv(x.numel(), 64),)](x, out, x.numel(), BLOCK=128)
    return out
