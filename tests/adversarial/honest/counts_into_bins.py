# problem: promised_inputs::Histogram | adds by atomics, of which a case may mask all
import torch
import triton
import triton.language as tl


@triton.jit
def hist_kernel(x_ptr, o_ptr, n, sx, lo, hi, scale, BINS: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i * sx, mask=i < n, other=float("nan"))
    inside = (x >= lo) & (x <= hi)
    b = ((tl.where(inside, x, lo) - lo) * scale).to(tl.int32)
    b = tl.minimum(b, BINS - 1)
    tl.atomic_add(o_ptr + b, tl.where(inside, 1.0, 0.0), mask=inside)


def kernel_function(x):
    out = torch.zeros((10,), device=x.device, dtype=x.dtype)
    n = x.numel()
    if n:
        hist_kernel[(triton.cdiv(n, 128),)](x, out, n, x.stride(0), -2.0, 3.0, 10 / (3.0 + 2.0), BINS=10, BLOCK=128)
    return out
