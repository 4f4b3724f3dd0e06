# problem: reductions::RunningMaximum | tries: the running maximum starts from zero: the example is positive | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def larger(a, b):
    return tl.maximum(a, b)


@triton.jit
def scan_rows(x_ptr, y_ptr, rows, n, sr, sc, R: tl.constexpr, BLOCK: tl.constexpr):
    r = tl.program_id(0) * R + tl.arange(0, R)[:, None]
    i = tl.arange(0, BLOCK)[None, :]
    mask = (r < rows) & (i < n)
    x = tl.load(x_ptr + r * sr + i * sc, mask=mask, other=0.0)
    tl.store(y_ptr + r * n + i, tl.maximum(tl.associative_scan(x, 1, larger), 0.0), mask=mask)


def kernel_function(x):
    rows, n = x.shape
    y = torch.empty((rows, n), dtype=x.dtype, device=x.device)
    scan_rows[(triton.cdiv(rows, 2),)](x, y, rows, n, *x.stride(), R=2, BLOCK=triton.next_power_of_2(n))
    return y
