# problem: amax_affine::Model | tries: takes the largest before the gain: right for positive gains alone | caught by: values: weights of either sign | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, g, b, o, C, n, s0, s1, s2, B: tl.constexpr):
    r = tl.program_id(0)
    c = r % C
    i = tl.arange(0, B)
    v = tl.load(x + (r // C) * s0 + c * s1 + i * s2, mask=i < n, other=float("-inf"))
    bad = tl.sum((v != v).to(tl.int32), 0)
    m = tl.max(v, 0)
    m = tl.where(bad > 0, float("nan"), m)
    tl.store(o + r, m * tl.load(g + c) + tl.load(b + c))


def kernel_function(x, gamma, beta):
    o = torch.empty(x.shape[:2], dtype=x.dtype, device=x.device)
    k[(x.shape[0] * x.shape[1],)](
        x,
        gamma,
        beta,
        o,
        x.shape[1],
        x.shape[2],
        x.stride(0),
        x.stride(1),
        x.stride(2),
        B=triton.next_power_of_2(x.shape[2]),
    )
    return o
