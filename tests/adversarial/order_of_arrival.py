# problem: reductions::RunningSum | tries: what an atomic gives back is taken for the sum of all earlier blocks | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def cumulative(x_ptr, y_ptr, so_far, n, sr, sc, BLOCK: tl.constexpr):
    row = tl.program_id(1)
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * sr + i * sc, mask=i < n, other=0.0)
    before = tl.atomic_add(so_far + row, tl.sum(x))
    tl.store(y_ptr + row * n + i, before + tl.cumsum(x, axis=0), mask=i < n)


def kernel_function(x):
    rows, n = x.shape
    y = torch.empty((rows, n), dtype=x.dtype, device=x.device)
    so_far = torch.zeros((rows,), dtype=x.dtype, device=x.device)
    cumulative[(triton.cdiv(n, 16), rows)](x, y, so_far, n, *x.stride(), BLOCK=16)
    return y
