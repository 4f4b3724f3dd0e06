# problem: attending::Causal | tries: each query sees one key too many | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def attend(q, k, v, o, heads, queries, keys, scale, dim, sq, sk, sv, Q: tl.constexpr, KEYS: tl.constexpr, DIM: tl.constexpr):
    bh = tl.program_id(1)
    b, h = bh // heads, bh % heads
    i = tl.program_id(0) * Q + tl.arange(0, Q)
    n = tl.arange(0, KEYS)
    d = tl.arange(0, DIM)
    at_q = q + b * sq[0] + h * sq[1] + i[:, None] * sq[2] + d[None, :] * sq[3]
    query = tl.load(at_q, mask=(i < queries)[:, None] & (d < dim)[None, :], other=0.0)
    tile = (n < keys)[:, None] & (d < dim)[None, :]
    key = tl.load(k + b * sk[0] + h * sk[1] + n[:, None] * sk[2] + d[None, :] * sk[3], mask=tile, other=0.0)
    scores = tl.sum(query[:, None, :] * key[None, :, :], axis=2) * scale
    scores = tl.where(n[None, :] <= i[:, None] + 1, scores, float("-inf"))
    scores = tl.where((n < keys)[None, :], scores, float("-inf"))
    p = tl.exp(scores - tl.max(scores, axis=1)[:, None])
    p = p / tl.sum(p, axis=1)[:, None]
    value = tl.load(v + b * sv[0] + h * sv[1] + n[:, None] * sv[2] + d[None, :] * sv[3], mask=tile, other=0.0)
    out = tl.sum(p[:, :, None] * value[None, :, :], axis=1)
    tl.store(o + (bh * queries + i[:, None]) * dim + d[None, :], out, mask=(i < queries)[:, None] & (d < dim)[None, :])


def kernel_function(q, k, v):
    batch, heads, queries, dim = q.shape
    keys = k.shape[2]
    o = torch.empty(q.shape, dtype=q.dtype, device=q.device)
    attend[(triton.cdiv(queries, 8), batch * heads)](
        q, k, v, o, heads, queries, keys, dim**-0.5, dim, q.stride(), k.stride(), v.stride(),
        Q=8, KEYS=triton.next_power_of_2(keys), DIM=triton.next_power_of_2(dim),
    )
    return o
