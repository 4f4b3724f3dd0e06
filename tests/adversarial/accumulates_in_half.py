# problem: products::LongProductHalf | tries: a float16 accumulator in a product of 2048 terms | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def half_product(a_ptr, b_ptr, c_ptr, M, N, K, sam, sak, sbk, sbn, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    tl.static_assert(BK >= 16, "tl.dot wants at least 16")
    m = tl.program_id(0) * BM + tl.arange(0, BM)
    n = tl.program_id(1) * BN + tl.arange(0, BN)
    k = tl.max_contiguous(tl.arange(0, BK), BK)
    acc = tl.zeros((BM, BN), dtype=tl.float16)
    for step in range(0, tl.cdiv(K, BK)):
        left = K - step * BK
        a = tl.load(a_ptr + m[:, None] * sam + k[None, :] * sak, mask=(m[:, None] < M) & (k[None, :] < left), other=0.0)
        b = tl.load(b_ptr + k[:, None] * sbk + n[None, :] * sbn, mask=(k[:, None] < left) & (n[None, :] < N), other=0.0)
        acc += tl.dot(a, b, out_dtype=tl.float16)
        a_ptr += BK * sak
        b_ptr += BK * sbk
    tl.store(c_ptr + m[:, None] * N + n[None, :], acc, mask=(m[:, None] < M) & (n[None, :] < N))


def kernel_function(a, b):
    M, K = a.shape
    N = b.shape[1]
    c = torch.empty((M, N), dtype=torch.float16, device=a.device)
    half_product[(triton.cdiv(M, 16), triton.cdiv(N, 16))](
        a, b, c, M, N, K, *a.stride(), *b.stride(), BM=16, BN=16, BK=128
    )
    return c
