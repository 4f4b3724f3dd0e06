# problem: products::Product | split-K: partial products that a tensor descriptor adds into zeros | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def split_k(a, b, c, M, N, K, wide, sam, sak, sbk, sbn, SPLIT: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    m0, n0, pid_k = tl.program_id(0) * BM, tl.program_id(1) * BN, tl.program_id(2)
    rm = m0 + tl.arange(0, BM)
    rn = n0 + tl.arange(0, BN)
    acc = tl.zeros((BM, BN), dtype=tl.float32)
    for k0 in range(pid_k * BK, K, BK * SPLIT):
        rk = k0 + tl.arange(0, BK)
        at = tl.load(a + rm[:, None] * sam + rk[None, :] * sak, mask=(rm[:, None] < M) & (rk[None, :] < K), other=0.0)
        bt = tl.load(b + rk[:, None] * sbk + rn[None, :] * sbn, mask=(rk[:, None] < K) & (rn[None, :] < N), other=0.0)
        acc = tl.dot(at, bt, acc, input_precision="ieee")
    into = tl.make_tensor_descriptor(c, shape=[M, N], strides=[wide, 1], block_shape=[BM, BN])
    into.atomic_add([m0, n0], acc)


def workspace(size: int, alignment: int, stream):
    """Where a kernel puts the descriptors that it makes."""
    return torch.empty(size, dtype=torch.int8, device="cuda")


def kernel_function(a, b):
    (M, K), N = a.shape, b.shape[1]
    wide = triton.cdiv(N, 4) * 4
    c = torch.zeros((M, wide), dtype=torch.float32, device=a.device)
    if M and N:
        triton.set_allocator(workspace)
        grid = (triton.cdiv(M, 16), triton.cdiv(N, 16), 4)
        split_k[grid](a, b, c, M, N, K, wide, *a.stride(), *b.stride(), SPLIT=4, BM=16, BN=16, BK=32)
    if wide == N:
        return c
    result = torch.empty((M, N), dtype=torch.float32, device=a.device)
    result.copy_(c[:, :N])
    return result
