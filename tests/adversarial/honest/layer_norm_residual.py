# problem: norms::RowNorm | layer norm and residual in one pass, the row kept in registers | slow: yes
"""Fused LayerNorm + residual.

One program normalises one row. Rows are short enough to stay in registers, so the
input is read once and the output written once.
"""

import torch
import triton
import triton.language as tl


@triton.jit
def _layer_norm_fwd(
    X,  # [rows, width]
    Y,
    W,
    B,
    stride_x,
    width,
    eps,
    BLOCK_N: tl.constexpr,
):
    row = tl.program_id(0)
    X += row * stride_x
    Y += row * width
    cols = tl.arange(0, BLOCK_N)
    mask = cols < width
    x = tl.load(X + cols, mask=mask, other=0.0).to(tl.float32)
    mean = tl.sum(x, axis=0) / width
    xc = tl.where(mask, x - mean, 0.0)
    rstd = 1 / tl.sqrt(tl.sum(xc * xc, axis=0) / width + eps)
    w = tl.load(W + cols, mask=mask)
    b = tl.load(B + cols, mask=mask)
    tl.store(Y + cols, xc * rstd * w + b + x, mask=mask)


class RowNormTriton(torch.nn.Module):
    def __init__(self, width: int = 48, eps: float = 1e-2):
        super().__init__()
        self.norm = torch.nn.LayerNorm(width, eps=eps)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shape = x.shape
        x2d = x.reshape(-1, shape[-1])
        if x2d.stride(-1) != 1:
            x2d = x2d.contiguous()
        y = torch.empty(x2d.shape, dtype=x2d.dtype, device=x2d.device)
        rows, width = x2d.shape
        num_warps = min(max(triton.next_power_of_2(width) // 256, 1), 8)
        _layer_norm_fwd[(rows,)](
            x2d, y, self.norm.weight, self.norm.bias, x2d.stride(0), width, self.norm.eps,
            BLOCK_N=triton.next_power_of_2(width), num_warps=num_warps,
        )
        return y.view(shape)
