# problem: layers::Total | reduced in rounds: each launch leaves fewer partial sums, until one is left | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def reduce_blocks(x, out, n, stride, MAGNITUDE: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(x + i * stride, mask=i < n, other=0.0)
    if MAGNITUDE:
        v = tl.abs(v)
    tl.store(out + tl.program_id(0), tl.sum(v, axis=0))


def kernel_function(x):
    if x.numel() == 0:
        return x.new_zeros(())
    current, first = x, True
    while first or current.numel() > 1:
        count = current.numel()
        parts = torch.empty((triton.cdiv(count, 256),), dtype=x.dtype, device=x.device)
        reduce_blocks[(parts.numel(),)](current, parts, count, current.stride(0), MAGNITUDE=first, BLOCK=256)
        current, first = parts, False
    return current.squeeze(0)
