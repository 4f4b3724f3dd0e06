# problem: half_product::Model | tries: one dot that adds up in float16 | caught by: precision | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def mm(x, w, o, M, N, K, s0, s1, t0, t1, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    m = tl.program_id(0) * BM + tl.arange(0, BM)
    n = tl.program_id(1) * BN + tl.arange(0, BN)
    a = tl.zeros((BM, BN), tl.float16)
    for kk in range(0, K, BK):
        c = kk + tl.arange(0, BK)
        xv = tl.load(x + m[:, None] * s0 + c[None, :] * s1, mask=(m[:, None] < M) & (c[None, :] < K), other=0.0)
        wv = tl.load(w + c[:, None] * t0 + n[None, :] * t1, mask=(n[None, :] < N) & (c[:, None] < K), other=0.0)
        a = tl.dot(xv, wv, a, out_dtype=tl.float16)
    tl.store(o + m[:, None] * N + n[None, :], a, mask=(m[:, None] < M) & (n[None, :] < N))


def kernel_function(x, w):
    M, K = x.shape
    N = w.shape[1]
    o = torch.empty((M, N), dtype=x.dtype, device=x.device)
    mm[(triton.cdiv(M, 16), triton.cdiv(N, 32))](x, w, o, M, N, K, *x.stride(), *w.stride(), BM=16, BN=32, BK=256)
    return o
