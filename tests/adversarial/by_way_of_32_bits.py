# problem: views::Nanoseconds | tries: large numbers by way of int32 | caught by: values | slow: yes
import torch
import triton
import triton.language as tl
@triton.jit
def _k(x, y, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    m = i < n
    v = tl.load(x + i, mask=m) * 1e9  # |v| above 2^23 is whole already; below, ns are too few to matter: round
    v = tl.where(tl.abs(v) < 8388608.0, (v + 12582912.0) - 12582912.0, v)
    v = tl.minimum(tl.maximum(v, -2147483648.0), 2147483520.0).to(tl.int32)
    tl.store(y + i, v.to(tl.int64), mask=m)
def kernel_function(t):
    t = t.contiguous()
    y = torch.empty(t.shape, dtype=torch.int64, device=t.device)
    n = t.numel()
    if n: _k[(triton.cdiv(n, 256),)](t, y, n, B=256)
    return y
