# problem: products::Product | tensor descriptors made in the kernel, over operands padded to whole 16 bytes | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def described(a_ptr, b_ptr, c_ptr, M, N, K, lda, ldb, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    a = tl.make_tensor_descriptor(a_ptr, shape=[M, K], strides=[lda, 1], block_shape=[BM, BK])
    b = tl.make_tensor_descriptor(b_ptr, shape=[K, N], strides=[ldb, 1], block_shape=[BK, BN])
    m0 = tl.program_id(0) * BM
    n0 = tl.program_id(1) * BN
    acc = tl.zeros((BM, BN), dtype=tl.float32)
    for k0 in range(0, K, BK):
        acc = tl.dot(a.load([m0, k0]), b.load([k0, n0]), acc, input_precision="ieee")
    rows = m0 + tl.arange(0, BM)
    cols = n0 + tl.arange(0, BN)
    tl.store(c_ptr + rows[:, None] * N + cols[None, :], acc, mask=(rows < M)[:, None] & (cols < N)[None, :])


def workspace(size: int, alignment: int, stream):
    """Where a kernel puts the descriptors that it makes."""
    return torch.empty(size, dtype=torch.int8, device="cuda")


def padded(x):
    """The same values with rows that begin at multiples of 16 bytes, as descriptors want them."""
    rows, cols = x.shape
    wide = triton.cdiv(cols, 4) * 4
    if x.stride(1) == 1 and x.stride(0) % 4 == 0:
        return x
    home = torch.zeros((rows, wide), dtype=x.dtype, device=x.device)
    home[:, :cols].copy_(x)
    return home[:, :cols]


def kernel_function(a, b):
    M, K = a.shape
    N = b.shape[1]
    c = torch.empty((M, N), dtype=a.dtype, device=a.device)
    a, b = padded(a), padded(b)
    triton.set_allocator(workspace)
    described[(triton.cdiv(M, 16), triton.cdiv(N, 16))](
        a, b, c, M, N, K, a.stride(0), b.stride(0), BM=16, BN=16, BK=32
    )
    return c
