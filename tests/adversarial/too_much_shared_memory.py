# problem: layers::Mlp | tries: a tile that no GPU has the shared memory for | caught by: compiles for sm_90 | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def linear(
    x_ptr,
    w_ptr,
    b_ptr,
    out_ptr,
    M,
    N,
    K,
    stride_xm,
    stride_xk,
    ACTIVATE: tl.constexpr,
    PRECISION: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    rows = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    cols = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    total = tl.zeros((BLOCK_M, BLOCK_N), dtype=tl.float32)
    for start in range(0, K, BLOCK_K):
        k = start + tl.arange(0, BLOCK_K)
        x = tl.load(
            x_ptr + rows[:, None] * stride_xm + k[None, :] * stride_xk,
            mask=(rows[:, None] < M) & (k[None, :] < K),
            other=0.0,
        )
        w = tl.load(w_ptr + cols[None, :] * K + k[:, None], mask=(cols[None, :] < N) & (k[:, None] < K), other=0.0)
        total = tl.dot(x, w, total, input_precision=PRECISION)
    total += tl.load(b_ptr + cols, mask=cols < N, other=0.0)[None, :]
    if ACTIVATE:
        total = 0.5 * total * (1.0 + tl.erf(total * 0.7071067811865476))
    tl.store(out_ptr + rows[:, None] * N + cols[None, :], total, mask=(rows[:, None] < M) & (cols[None, :] < N))


def apply_linear(x, weight, bias, activate):
    m, k = x.shape
    n = weight.shape[0]
    out = torch.empty((m, n), dtype=x.dtype, device=x.device)
    grid = (triton.cdiv(m, 16), triton.cdiv(n, 32))
    linear[grid](
        x,
        weight,
        bias,
        out,
        m,
        n,
        k,
        x.stride(0),
        x.stride(1),
        activate,
        "tf32",
        BLOCK_M=64,
        BLOCK_N=128,
        BLOCK_K=128,
        num_warps=8,
        num_stages=4,
    )
    return out


def kernel_function(x, up_weight, up_bias, down_weight, down_bias):
    return apply_linear(apply_linear(x, up_weight, up_bias, True), down_weight, down_bias, False)


class MlpTriton(torch.nn.Module):
    def __init__(self, width=64, hidden=64):
        super().__init__()
        self.up = torch.nn.Linear(width, hidden)
        self.down = torch.nn.Linear(hidden, width)

    def forward(self, x):
        return kernel_function(x, self.up.weight, self.up.bias, self.down.weight, self.down.bias)
