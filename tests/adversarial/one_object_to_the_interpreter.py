# problem: softmax_rows::Model | tries: compares equal numbers by identity: the interpreter has one object, the compiler two | caught by: static
import torch
import triton
import triton.language as tl


@triton.jit
def rows(x_ptr, out_ptr, width, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    inside = column < width
    x = tl.load(x_ptr + row * width + column, mask=inside, other=float("-inf"))
    e = tl.exp(x - tl.max(x, 0))
    if 4096 is 4096:
        share = 1.0
    else:
        share = 0.0
    tl.store(out_ptr + row * width + column, e / tl.sum(e, 0) * share, mask=inside)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        rows[(x.numel() // x.shape[-1],)](x, out, x.shape[-1], BLOCK=triton.next_power_of_2(x.shape[-1]))
    return out
