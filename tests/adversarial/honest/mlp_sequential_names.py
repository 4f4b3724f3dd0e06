# problem: layers::Mlp | a ModuleDict-free container, activation chosen by a constexpr string, a side stream where there is one | slow: yes
import contextlib

import torch
import triton
import triton.language as tl


@triton.jit
def fused_linear(x, w, b, y, M, N, K, sxm, sxk, ACT: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    m = tl.program_id(0) * BM + tl.arange(0, BM)
    n = tl.program_id(1) * BN + tl.arange(0, BN)
    k = tl.arange(0, BK)
    xs = x + m[:, None] * sxm + k[None, :] * sxk
    ws = w + n[None, :] * K + k[:, None]
    acc = tl.zeros((BM, BN), tl.float32)
    for left in range(K, 0, -BK):
        acc = tl.dot(
            tl.load(xs, mask=(m < M)[:, None] & (k < left)[None, :], other=0.0),
            tl.load(ws, mask=(n < N)[None, :] & (k < left)[:, None], other=0.0),
            acc,
            input_precision="tf32x3",
        )
        xs += BK * sxk
        ws += BK
    acc += tl.load(b + n, mask=n < N, other=0.0)[None, :]
    if ACT == "gelu":
        acc = acc * 0.5 * (1.0 + tl.erf(acc * 0.7071067811865476))
    elif ACT == "relu":
        acc = tl.maximum(acc, 0.0)
    tl.store(y + m[:, None] * N + n[None, :], acc, mask=(m < M)[:, None] & (n < N)[None, :])


def linear(x, layer, act=""):
    M, K = x.shape
    N = layer.out_features
    y = torch.empty((M, N), dtype=x.dtype, device=x.device)
    on_device = torch.cuda.device(x.device) if x.is_cuda else contextlib.nullcontext()
    with on_device:
        fused_linear[(triton.cdiv(M, 16), triton.cdiv(N, 32))](
            x, layer.weight, layer.bias, y, M, N, K, *x.stride(), ACT=act, BM=16, BN=32, BK=16
        )
    return y


class ModelNew(torch.nn.Module):
    def __init__(self, width=64, hidden=64):
        super().__init__()
        self.up = torch.nn.Linear(width, hidden)
        self.down = torch.nn.Linear(hidden, width)

    @torch.no_grad()
    def forward(self, x):
        return linear(linear(x, self.up, act="gelu"), self.down)
