# problem: pointwise::Scrambled | tries: one bit of the mask is missing | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def scramble(x_ptr, y_ptr, n, stride, MASK: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i * stride, mask=i < n, other=0)
    tl.store(y_ptr + i, ((x >> 5) ^ x) & MASK, mask=i < n)


def kernel_function(x):
    y = torch.empty(x.shape, dtype=torch.int32, device=x.device)
    scramble[(triton.cdiv(x.numel(), 128),)](x, y, x.numel(), x.stride(0), MASK=0x00FF007F, BLOCK=128)
    return y
