# problem: quantised_rows::Model | tries: rounds halves up where a scale makes them | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, q, so, n, s0, s1, B: tl.constexpr):
    r = tl.program_id(0)
    i = tl.arange(0, B)
    v = tl.load(x + r * s0 + i * s1, mask=i < n, other=0.0)
    bad = tl.max((v != v).to(tl.int32), 0)
    m = tl.where(bad > 0, float("nan"), tl.div_rn(tl.maximum(tl.max(tl.abs(v), 0), 1e-6), 127.0))
    tl.store(so + r, m)
    w = tl.floor(tl.div_rn(v, m) + 0.5)
    w = tl.clamp(w, -127.0, 127.0)
    tl.store(q + r * n + i, w.to(tl.int8), mask=i < n)


def kernel_function(x):
    q = torch.empty(x.shape, dtype=torch.int8, device=x.device)
    s = torch.empty((x.shape[0], 1), dtype=x.dtype, device=x.device)
    k[(x.shape[0],)](x, q, s, x.shape[1], *x.stride(), B=triton.next_power_of_2(x.shape[1]))
    return q, s
