# problem: runs_of_infinity::AddedMask | tries: a block of keys that an added mask leaves out whole makes NaN before the first that it lets in | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def attend(
    q_ptr, k_ptr, v_ptr, bias_ptr, o_ptr, M, N, scale, qb, qm, qd, kb, kn, kd, vb, vn, vd, bm, bn,
    BM: tl.constexpr, BN: tl.constexpr, D: tl.constexpr,
):  # fmt: skip
    batch = tl.program_id(1)
    m = tl.program_id(0) * BM + tl.arange(0, BM)
    d = tl.arange(0, D)
    q = tl.load(q_ptr + batch * qb + m[:, None] * qm + d[None, :] * qd, mask=m[:, None] < M, other=0.0)
    top = tl.full((BM,), float("-inf"), tl.float32)
    total = tl.zeros((BM,), tl.float32)
    acc = tl.zeros((BM, D), tl.float32)
    for start in range(0, N, BN):
        n = start + tl.arange(0, BN)
        k = tl.load(k_ptr + batch * kb + n[None, :] * kn + d[:, None] * kd, mask=n[None, :] < N, other=0.0)
        inside = (m[:, None] < M) & (n[None, :] < N)
        bias = tl.load(bias_ptr + m[:, None] * bm + n[None, :] * bn, mask=inside, other=0.0)
        s = tl.dot(q, k, input_precision="ieee") * scale + bias
        s = tl.where(n[None, :] < N, s, float("-inf"))
        larger = tl.maximum(top, tl.max(s, 1))
        fade = tl.exp(top - larger)
        p = tl.exp(s - larger[:, None])
        total = total * fade + tl.sum(p, 1)
        v = tl.load(v_ptr + batch * vb + n[:, None] * vn + d[None, :] * vd, mask=n[:, None] < N, other=0.0)
        acc = acc * fade[:, None] + tl.dot(p, v, input_precision="ieee")
        top = larger
    tl.store(o_ptr + (batch * M + m[:, None]) * D + d[None, :], acc / total[:, None], mask=m[:, None] < M)


def kernel_function(q, k, v, bias):
    batch, M, D = q.shape
    N = k.shape[1]
    if k.shape[0] != batch or bias.shape != (M, N) or N == 0:
        raise ValueError("other shapes")
    out = torch.empty((batch, M, D), dtype=q.dtype, device=q.device)
    if out.numel():
        strides = (*q.stride(), *k.stride(), *v.stride(), *bias.stride())
        grid = (triton.cdiv(M, 16), batch)
        attend[grid](q, k, v, bias, out, M, N, D**-0.5, *strides, BM=16, BN=16, D=D)
    return out
