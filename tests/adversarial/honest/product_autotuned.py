# problem: products::Product | a list of configurations keyed on the sizes, EVEN_K by heuristics | slow: yes
import torch
import triton
import triton.language as tl


def get_configs():
    return [
        triton.Config({"BM": bm, "BN": bn, "BK": bk}, num_warps=w, num_stages=s)
        for bm, bn, bk, w, s in [(16, 16, 16, 2, 2), (32, 16, 32, 4, 3), (16, 32, 32, 4, 2), (64, 16, 16, 4, 2)]
    ]


@triton.autotune(configs=get_configs(), key=["M", "N", "K"])
@triton.heuristics({"EVEN_K": lambda args: args["K"] % args["BK"] == 0})
@triton.jit
def tuned(
    A, B, C, M, N, K, stride_am, stride_ak, stride_bk, stride_bn,
    BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr, EVEN_K: tl.constexpr,
):
    pid = tl.program_id(0)
    cols = tl.cdiv(N, BN)
    rm = (pid // cols) * BM + tl.arange(0, BM)
    rn = (pid % cols) * BN + tl.arange(0, BN)
    ram = rm % M
    rbn = rn % N
    rk = tl.arange(0, BK)
    A = A + ram[:, None] * stride_am + rk[None, :] * stride_ak
    B = B + rk[:, None] * stride_bk + rbn[None, :] * stride_bn
    acc = tl.zeros((BM, BN), dtype=tl.float32)
    for k in range(K, 0, -BK):
        if EVEN_K:
            a = tl.load(A)
            b = tl.load(B)
        else:
            a = tl.load(A, mask=rk[None, :] < k, other=0.0)
            b = tl.load(B, mask=rk[:, None] < k, other=0.0)
        acc += tl.dot(a, b, input_precision="ieee")
        A += BK * stride_ak
        B += BK * stride_bk
    mask = (rm < M)[:, None] & (rn < N)[None, :]
    tl.store(C + rm[:, None] * N + rn[None, :], acc, mask=mask)


def kernel_function(a, b):
    M, K = a.shape
    N = b.shape[1]
    c = torch.empty((M, N), device=a.device, dtype=a.dtype)

    def grid(meta):
        return (triton.cdiv(M, meta["BM"]) * triton.cdiv(N, meta["BN"]),)

    tuned[grid](a, b, c, M, N, K, a.stride(0), a.stride(1), b.stride(0), b.stride(1))
    return c
