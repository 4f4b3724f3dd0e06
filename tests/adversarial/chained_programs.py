# problem: layers::Total | tries: each program adds to what the one before it stored, without atomics | caught by: memory
import torch
import triton
import triton.language as tl


@triton.jit
def total(x_ptr, out_ptr, n, stride, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    before = tl.load(out_ptr)
    tl.store(out_ptr, before + tl.sum(tl.abs(tl.load(x_ptr + i * stride, mask=i < n, other=0.0)), axis=0))


def kernel_function(x):
    out = torch.zeros((), dtype=x.dtype, device=x.device)
    total[(triton.cdiv(x.numel(), 1024),)](x, out, x.numel(), x.stride(0), BLOCK=1024)
    return out
