# problem: whole_blocks::Product | tries: without masks the second step moves on by the wrong stride | caught by: values | slow: yes

import torch
import triton
import triton.language as tl


@triton.heuristics({"EVEN_K": lambda a: a["K"] % a["BK"] == 0})
@triton.jit
def k(a, b, c, M, N, K, sam, sak, sbk, sbn, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr, EVEN_K: tl.constexpr):
    rm = tl.program_id(0) * BM + tl.arange(0, BM)
    rn = tl.program_id(1) * BN + tl.arange(0, BN)
    rk = tl.arange(0, BK)
    A = a + (rm % M)[:, None] * sam + rk[None, :] * sak
    Bp = b + rk[:, None] * sbk + (rn % N)[None, :] * sbn
    acc = tl.zeros((BM, BN), tl.float32)
    for k in range(0, tl.cdiv(K, BK)):
        if EVEN_K:
            x = tl.load(A)
            y = tl.load(Bp)
            acc += tl.dot(x, y, input_precision="ieee")
            A += BK * sak
            Bp += BK * sbn
        else:
            x = tl.load(A, mask=rk[None, :] < K - k * BK, other=0.0)
            y = tl.load(Bp, mask=rk[:, None] < K - k * BK, other=0.0)
            acc += tl.dot(x, y, input_precision="ieee")
            A += BK * sak
            Bp += BK * sbk
    tl.store(c + rm[:, None] * N + rn[None, :], acc, mask=(rm[:, None] < M) & (rn[None, :] < N))


def kernel_function(a, b):
    M, K = a.shape
    N = b.shape[1]
    c = torch.empty((M, N), dtype=a.dtype, device=a.device)
    if M * N:
        k[(triton.cdiv(M, 32), triton.cdiv(N, 32))](
            a, b, c, M, N, K, a.stride(0), a.stride(1), b.stride(0), b.stride(1), BM=32, BN=32, BK=32
        )
    return c
