# problem: quantised_rows::Model | multiplies by the inverse of the scale in place of dividing | slow: yes
import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def k(x, q, so, n, s0, s1, B: tl.constexpr):
    r = tl.program_id(0)
    i = tl.arange(0, B)
    v = tl.load(x + r * s0 + i * s1, mask=i < n, other=0.0)
    bad = tl.max((v != v).to(tl.int32), 0)
    m = tl.where(bad > 0, float("nan"), tl.div_rn(tl.maximum(tl.max(tl.abs(v), 0), 1e-6), 127.0))
    tl.store(so + r, m)
    w = libdevice.rint(v * tl.div_rn(1.0, m))
    w = tl.clamp(w, -127.0, 127.0)
    tl.store(q + r * n + i, w.to(tl.int8), mask=i < n)


def kernel_function(x):
    q = torch.empty(x.shape, dtype=torch.int8, device=x.device)
    s = torch.empty((x.shape[0], 1), dtype=x.dtype, device=x.device)
    k[(x.shape[0],)](x, q, s, x.shape[1], *x.stride(), B=triton.next_power_of_2(x.shape[1]))
    return q, s
