# problem: manhattan::Model | tries: blocks of 256 rows and features, and no loop | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, y, o, N, D, x0, x1, y0, y1, B: tl.constexpr, DB: tl.constexpr):
    m = tl.program_id(0)
    n = tl.arange(0, B)
    d = tl.arange(0, DB)
    a = tl.load(x + m * x0 + d * x1, mask=d < D, other=0.0)
    b = tl.load(y + n[:, None] * y0 + d[None, :] * y1, mask=(n[:, None] < N) & (d[None, :] < D), other=0.0)
    tl.store(o + m * N + n, tl.sum(tl.abs(a[None, :] - b), 1), mask=n < N)


def kernel_function(x, y):
    M, D = x.shape
    N = y.shape[0]
    o = torch.empty((M, N), dtype=x.dtype, device=x.device)
    k[(M,)](x, y, o, N, D, *x.stride(), *y.stride(), B=256, DB=256)
    return o
