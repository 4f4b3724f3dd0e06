# problem: norms::RootMeanSquare | several rows in each program, cast modes as constexpr, a helper that computes settings | slow: yes
import math
from functools import lru_cache

import torch
import triton
import triton.language as tl

_CAST_LLAMA: tl.constexpr = tl.constexpr(0)
_CAST_NONE: tl.constexpr = tl.constexpr(1)


@triton.jit
def _rms_norm_kernel(
    Y_ptr, Y_row_stride, X_ptr, X_row_stride, W_ptr,
    n_rows, n_cols, eps,
    casting_mode: tl.constexpr, ROWS: tl.constexpr, BLOCK_SIZE: tl.constexpr,
):
    rows = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    cols = tl.arange(0, BLOCK_SIZE)
    mask = (rows < n_rows)[:, None] & (cols < n_cols)[None, :]
    X = tl.load(X_ptr + rows[:, None] * X_row_stride + cols[None, :], mask=mask, other=0)
    if casting_mode == _CAST_LLAMA:
        X = X.to(tl.float32)
    W = tl.load(W_ptr + cols, mask=cols < n_cols, other=0)
    mean_square = tl.sum(X * X, axis=1) / n_cols
    rstd = tl.rsqrt(mean_square + eps)
    Y = X * rstd[:, None] * W[None, :]
    tl.store(Y_ptr + rows[:, None] * Y_row_stride + cols[None, :], Y, mask=mask)


@lru_cache(maxsize=None)
def calculate_settings(n: int) -> tuple:
    block = triton.next_power_of_2(n)
    if block > 65536:
        raise RuntimeError(f"Cannot launch Triton kernel since n = {n} exceeds the maximum block size.")
    num_warps = 4
    if block >= 8192:
        num_warps = 16
    elif block >= 2048:
        num_warps = 8
    return block, num_warps


class ModelNew(torch.nn.Module):
    def __init__(self, width=40, eps=1e-6):
        super(ModelNew, self).__init__()
        self.eps = eps
        self.gain = torch.nn.Parameter(torch.ones(width))

    def extra_repr(self):
        return f"{tuple(self.gain.shape)}, eps={self.eps}"

    def forward(self, x):
        shape = x.shape
        dim = shape[-1]
        x = x.reshape(-1, dim)
        n_rows, n_cols = x.shape
        if x.stride(1) != 1:
            x = x.contiguous()
        Y = torch.empty((n_rows, n_cols), dtype=x.dtype, device=x.device)
        BLOCK_SIZE, num_warps = calculate_settings(n_cols)
        rows_each = 4
        _rms_norm_kernel[(math.ceil(n_rows / rows_each),)](
            Y, Y.stride(0), x, x.stride(0), self.gain, n_rows, n_cols, self.eps,
            casting_mode=0, ROWS=rows_each, BLOCK_SIZE=BLOCK_SIZE, num_warps=num_warps,
        )
        return Y.view(*shape)
