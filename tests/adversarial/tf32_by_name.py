# problem: products::TwoTowers | tries: TF32 asked for by name in one product of three | caught by: precision | slow: yes
import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def gated(x_ptr, g_ptr, v_ptr, h_ptr, M, H, W, sxm, sxk, BM: tl.constexpr, BH: tl.constexpr, BW: tl.constexpr):
    m = tl.program_id(0) * BM + tl.arange(0, BM)
    h = tl.program_id(1) * BH + tl.arange(0, BH)
    gate = tl.zeros((BM, BH), tl.float32)
    value = tl.zeros((BM, BH), tl.float32)
    for w0 in range(0, W, BW):
        w = w0 + tl.arange(0, BW)
        x = tl.load(x_ptr + m[:, None] * sxm + w[None, :] * sxk, mask=(m[:, None] < M) & (w[None, :] < W), other=0.0)
        mask = (h[None, :] < H) & (w[:, None] < W)
        gate = tl.dot(x, tl.load(g_ptr + h[None, :] * W + w[:, None], mask=mask, other=0.0), gate, input_precision="ieee")
        value = tl.dot(x, tl.load(v_ptr + h[None, :] * W + w[:, None], mask=mask, other=0.0), value, input_precision="ieee")
    hidden = gate * tl.sigmoid(gate) * value
    tl.store(h_ptr + m[:, None] * H + h[None, :], hidden, mask=(m[:, None] < M) & (h[None, :] < H))


@triton.jit
def project(x_ptr, w_ptr, y_ptr, M, N, K, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    m = tl.program_id(0) * BM + tl.arange(0, BM)
    n = tl.program_id(1) * BN + tl.arange(0, BN)
    acc = tl.zeros((BM, BN), tl.float32)
    for k0 in range(0, K, BK):
        k = k0 + tl.arange(0, BK)
        x = tl.load(x_ptr + m[:, None] * K + k[None, :], mask=(m[:, None] < M) & (k[None, :] < K), other=0.0)
        w = tl.load(w_ptr + n[None, :] * K + k[:, None], mask=(n[None, :] < N) & (k[:, None] < K), other=0.0)
        acc = tl.dot(x, w, acc, input_precision="tf32")
    tl.store(y_ptr + m[:, None] * N + n[None, :], acc, mask=(m[:, None] < M) & (n[None, :] < N))


class Projection(nn.Module):
    """Holds a weight under the name that the original's Linear has."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(hidden, width))
        nn.init.xavier_uniform_(self.weight)


class OutProjection(Projection):
    def forward(self, hidden):
        m, k = hidden.shape
        n = self.weight.shape[0]
        y = hidden.new_empty(m, n)
        project[(triton.cdiv(m, 16), triton.cdiv(n, 16))](hidden, self.weight, y, m, n, k, BM=16, BN=16, BK=16)
        return y


class TwoTowersTriton(nn.Module):
    def __init__(self, width: int = 32, hidden: int = 48) -> None:
        super().__init__()
        self.gate = Projection(width, hidden)
        self.value = Projection(width, hidden)
        self.out = OutProjection(hidden, width)

    def forward(self, x):
        m, w = x.shape
        h = self.gate.weight.shape[0]
        hidden = x.new_empty((m, h))
        gated[(triton.cdiv(m, 16), triton.cdiv(h, 16))](
            x, self.gate.weight, self.value.weight, hidden, m, h, w, *x.stride(), BM=16, BH=16, BW=16
        )
        return self.out(hidden)
