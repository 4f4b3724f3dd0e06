# problem: whole_blocks::Product | tries: assumes strides above 0, which those of an expanded input are not | caught by: runs | said on a GPU: does not hold here | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def product(a_ptr, b_ptr, c_ptr, M, N, K, sam, sak, sbk, sbn, BLOCK: tl.constexpr):
    tl.assume(sam > 0)
    tl.assume(sak > 0)
    tl.assume(sbk > 0)
    tl.assume(sbn > 0)
    m = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    n = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    total = tl.zeros((BLOCK, BLOCK), tl.float32)
    for start in range(0, K, BLOCK):
        k = start + tl.arange(0, BLOCK)
        a = tl.load(a_ptr + m[:, None] * sam + k[None, :] * sak, mask=(m < M)[:, None] & (k < K)[None, :], other=0.0)
        b = tl.load(b_ptr + k[:, None] * sbk + n[None, :] * sbn, mask=(k < K)[:, None] & (n < N)[None, :], other=0.0)
        total += tl.dot(a, b, input_precision="ieee")
    tl.store(c_ptr + m[:, None] * N + n[None, :], total, mask=(m < M)[:, None] & (n < N)[None, :])


def kernel_function(left, right):
    M, K = left.shape
    N = right.shape[1]
    out = torch.empty((M, N), dtype=left.dtype, device=left.device)
    if M * N:
        grid = (triton.cdiv(M, 32), triton.cdiv(N, 32))
        product[grid](left, right, out, M, N, K, *left.stride(), *right.stride(), BLOCK=32)
    return out
