# problem: products::BatchedProduct | a three-dimensional grid, the batch along the third axis | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def bmm(a, b, c, M, N, K, sab, sam, sak, sbb, sbk, sbn, alpha, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    batch = tl.program_id(2)
    m = tl.program_id(0) * BM + tl.arange(0, BM)
    n = tl.program_id(1) * BN + tl.arange(0, BN)
    acc = tl.zeros((BM, BN), tl.float32)
    for k0 in range(0, K, BK):
        k = k0 + tl.arange(0, BK)
        x = tl.load(
            a + batch * sab + m[:, None] * sam + k[None, :] * sak, mask=(m[:, None] < M) & (k[None, :] < K), other=0.0
        )
        y = tl.load(
            b + batch * sbb + k[:, None] * sbk + n[None, :] * sbn, mask=(k[:, None] < K) & (n[None, :] < N), other=0.0
        )
        acc = tl.dot(x, y, acc, input_precision="ieee")
    tl.store(c + batch * M * N + m[:, None] * N + n[None, :], acc * alpha, mask=(m[:, None] < M) & (n[None, :] < N))


def kernel_function(a, b, scale=0.125):
    B, M, K = a.shape
    N = b.shape[-1]
    c = torch.empty(B, M, N, dtype=a.dtype, device=a.device)
    bmm[(triton.cdiv(M, 16), triton.cdiv(N, 16), B)](
        a, b, c, M, N, K, *a.stride(), *b.stride(), scale, BM=16, BN=16, BK=16
    )
    return c
