# problem: softmax_rows::Model | tries: a loop of fixed length over small blocks ends before a long row does | caught by: values: s0 | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def rows(x_ptr, out_ptr, width, BLOCK: tl.constexpr, STEPS: tl.constexpr):
    row = tl.program_id(0)
    total = 0.0
    for step in tl.static_range(STEPS):
        column = step * BLOCK + tl.arange(0, BLOCK)
        total += tl.sum(tl.exp(tl.load(x_ptr + row * width + column, mask=column < width, other=float("-inf"))), 0)
    for step in tl.static_range(STEPS):
        column = step * BLOCK + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + row * width + column, mask=column < width, other=float("-inf"))
        tl.store(out_ptr + row * width + column, tl.exp(x) / total, mask=column < width)


def kernel_function(x):
    x = x.contiguous()
    out = torch.zeros_like(x)
    if x.numel():
        rows[(x.numel() // x.shape[-1],)](x, out, x.shape[-1], BLOCK=16, STEPS=20)
    return out
