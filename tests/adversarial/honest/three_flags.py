# problem: three_flags::Model | every combination of three flags | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def halved(x_ptr, o_ptr, n, SQUARE: tl.constexpr, SHIFT: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n)
    if SQUARE:
        x = x * x
    if SHIFT:
        x = x + 1.5
    tl.store(o_ptr + i, x * 0.5, mask=i < n)


@triton.jit
def plain(x_ptr, o_ptr, n, SQUARE: tl.constexpr, SHIFT: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n)
    if SQUARE:
        x = x * x
    if SHIFT:
        x = x + 1.5
    tl.store(o_ptr + i, x, mask=i < n)


def kernel_function(x, square, shift, halve):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        kernel = halved if halve else plain
        kernel[(triton.cdiv(x.numel(), 128),)](x, out, x.numel(), SQUARE=square, SHIFT=shift, BLOCK=128)
    return out
