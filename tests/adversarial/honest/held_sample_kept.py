# problem: seldom::HeldSample | the last sample is carried from block to block | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def larger(a, b):
    return tl.maximum(a, b)


@triton.jit
def held_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    base = tl.program_id(0).to(tl.int64) * n
    held = tl.load(x_ptr + base)
    for start in range(0, n, BLOCK):
        cols = tl.arange(0, BLOCK)
        mask = start + cols < n
        x = tl.load(x_ptr + base + start + cols, mask=mask, other=0.0)
        some = tl.where(x != 0, cols, -1)
        last = tl.associative_scan(some, 0, larger)
        sample = tl.where(last >= 0, tl.gather(x, tl.maximum(last, 0), 0), held)
        tl.store(out_ptr + base + start + cols, x + sample, mask=mask)
        final = tl.max(some, axis=0)
        held = tl.where(final >= 0, tl.sum(tl.where(cols == final, x, 0.0), axis=0), held)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if out.numel():
        held_kernel[(x.shape[0],)](x, out, x.shape[1], BLOCK=32)
    return out
