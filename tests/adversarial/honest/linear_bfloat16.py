# problem: products::LinearBfloat16 | bfloat16 operands, float32 accumulator, rounded once after the ReLU | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def linear_relu(X, W, B, Y, M, N, K, stride_xm, stride_xk, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    m = tl.program_id(0) * BM + tl.arange(0, BM)
    n = tl.program_id(1) * BN + tl.arange(0, BN)
    acc = tl.zeros([BM, BN], dtype=tl.float32)
    for k0 in range(0, K, BK):
        k = k0 + tl.arange(0, BK)
        x = tl.load(X + m[:, None] * stride_xm + k[None, :] * stride_xk, mask=(m < M)[:, None] & (k < K)[None, :], other=0.0)
        w = tl.load(W + n[:, None] * K + k[None, :], mask=(n < N)[:, None] & (k < K)[None, :], other=0.0)
        acc = tl.dot(x, tl.trans(w), acc)
    acc = acc + tl.load(B + n, mask=n < N, other=0.0).to(tl.float32)[None, :]
    acc = tl.where(acc > 0, acc, 0.0)
    tl.store(Y + m[:, None] * N + n[None, :], acc.to(Y.dtype.element_ty), mask=(m < M)[:, None] & (n < N)[None, :])


class LinearBfloat16Triton(torch.nn.Module):
    def __init__(self, width=64, hidden=32):
        super().__init__()
        self.linear = torch.nn.Linear(width, hidden, dtype=torch.bfloat16)

    def forward(self, x):
        w = self.linear.weight
        N, K = w.shape
        y = torch.empty((x.size(0), N), dtype=torch.bfloat16, device=x.device)
        linear_relu[(triton.cdiv(x.size(0), 16), triton.cdiv(N, 16))](
            x, w, self.linear.bias, y, x.size(0), N, K, x.stride(0), x.stride(1), 16, 16, 32
        )
        return y
