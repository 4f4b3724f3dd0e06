# problem: products::Product | tries: float32 operands rounded to bfloat16 for the tensor cores | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def partial_products(a, b, part, M, N, K, sam, sak, sbk, sbn, chunk, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    m = tl.program_id(0) * BM + tl.arange(0, BM)
    n = tl.program_id(1) * BN + tl.arange(0, BN)
    split = tl.program_id(2)
    acc = tl.zeros((BM, BN), tl.float32)
    end = tl.minimum((split + 1) * chunk, K)
    for k0 in range(split * chunk, end, BK):
        k = k0 + tl.arange(0, BK)
        x = tl.load(a + m[:, None] * sam + k[None, :] * sak, mask=(m[:, None] < M) & (k[None, :] < end), other=0.0)
        y = tl.load(b + k[:, None] * sbk + n[None, :] * sbn, mask=(k[:, None] < end) & (n[None, :] < N), other=0.0)
        acc += tl.dot(x.to(tl.bfloat16), y.to(tl.bfloat16))
    where = (split * M + m[:, None]) * N + n[None, :]
    tl.store(part + where, acc, mask=(m[:, None] < M) & (n[None, :] < N))


@triton.jit
def add_parts(part, out, size, SPLITS: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    total = tl.zeros((BLOCK,), tl.float32)
    for s in tl.static_range(SPLITS):
        total += tl.load(part + s * size + i, mask=i < size, other=0.0)
    tl.store(out + i, total, mask=i < size)


def kernel_function(a, b):
    m, k = a.shape
    n = b.shape[1]
    splits = 3
    chunk = triton.cdiv(triton.cdiv(k, splits), 16) * 16
    part = torch.empty((splits, m, n), dtype=torch.float32, device=a.device)
    out = torch.empty((m, n), dtype=a.dtype, device=a.device)
    partial_products[(triton.cdiv(m, 16), triton.cdiv(n, 16), splits)](
        a, b, part, m, n, k, *a.stride(), *b.stride(), chunk, BM=16, BN=16, BK=16
    )
    add_parts[(triton.cdiv(m * n, 256),)](part, out, m * n, SPLITS=splits, BLOCK=256)
    return out
