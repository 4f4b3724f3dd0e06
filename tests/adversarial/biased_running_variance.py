# problem: norms::ImageNorm | tries: the running variance takes the biased one | caught by: values | slow: yes
from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor, nn


@triton.jit
def stats_kernel(
    x, running_mean, running_var, batches, mean_out, invstd_out,
    N, C, HW, sn, sc, momentum, eps, BLOCK: tl.constexpr,
):
    c = tl.program_id(axis=0)
    count = N * HW
    acc = tl.zeros((BLOCK,), tl.float32)
    for i in range(tl.cdiv(count, BLOCK)):
        k = i * BLOCK + tl.arange(0, BLOCK)
        acc += tl.load(x + (k // HW) * sn + c * sc + k % HW, mask=k < count, other=0.0)
    mean = tl.sum(acc, 0) / count
    acc2 = tl.zeros((BLOCK,), tl.float32)
    for i in range(tl.cdiv(count, BLOCK)):
        k = i * BLOCK + tl.arange(0, BLOCK)
        v = tl.load(x + (k // HW) * sn + c * sc + k % HW, mask=k < count, other=0.0)
        v = tl.where(k < count, v - mean, 0.0)
        acc2 += v * v
    m2 = tl.sum(acc2, 0)
    tl.store(mean_out + c, mean)
    tl.store(invstd_out + c, tl.rsqrt(m2 / count + eps))
    old = tl.load(running_mean + c)
    tl.store(running_mean + c, (1.0 - momentum) * old + momentum * mean)
    old = tl.load(running_var + c)
    tl.store(running_var + c, (1.0 - momentum) * old + momentum * (m2 / count))
    if c == 0:
        tl.store(batches, tl.load(batches) + 1)


@triton.jit
def apply_kernel(x, mean, invstd, weight, bias, y, C, HW, sn, sc, BLOCK: tl.constexpr):
    n, c = tl.program_id(1), tl.program_id(0)
    hw = tl.program_id(2) * BLOCK + tl.arange(0, BLOCK)
    ok = hw < HW
    v = tl.load(x + n * sn + c * sc + hw, mask=ok)
    v = (v - tl.load(mean + c)) * tl.load(invstd + c) * tl.load(weight + c) + tl.load(bias + c)
    tl.store(y + (n * C + c) * HW + hw, tl.maximum(v, 0.0), mask=ok)


class ImageNormTriton(nn.Module):
    """BatchNorm2d in training mode followed by ReLU."""

    def __init__(self, channels: int = 6) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        bn = self.norm
        assert bn.training, "evaluation mode is another kernel"
        x = x.contiguous()
        N, C, H, W = x.shape
        if N * H * W == 1:
            raise ValueError("Expected more than 1 value per channel when training")
        scratch = torch.empty((2, C), dtype=torch.float32, device=x.device)
        mean, invstd = scratch.unbind(0)
        y = torch.empty_like(x)
        stats_kernel[(C,)](
            x, bn.running_mean, bn.running_var, bn.num_batches_tracked, mean, invstd,
            N, C, H * W, x.stride(0), x.stride(1), bn.momentum, bn.eps, BLOCK=64,
        )
        apply_kernel[(C, N, triton.cdiv(H * W, 32))](
            x, mean, invstd, bn.weight, bn.bias, y, C, H * W, x.stride(0), x.stride(1), BLOCK=32
        )
        return y
