# problem: pointwise::Turned | tries: whole tiles only along one axis of the grid | caught by: outputs written | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def transpose_add(x, y, rows, cols, s0, s1, B: tl.constexpr):
    r0, c0 = tl.program_id(0) * B, tl.program_id(1) * B
    r = r0 + tl.arange(0, B)
    c = c0 + tl.arange(0, B)
    tile = tl.load(x + r[:, None] * s0 + c[None, :] * s1, mask=(r[:, None] < rows) & (c[None, :] < cols), other=0.0)
    tl.store(y + c[:, None] * rows + r[None, :], tl.trans(tile) + 1.0, mask=(c[:, None] < cols) & (r[None, :] < rows))


def kernel_function(x):
    rows, cols = x.shape
    y = torch.empty((cols, rows), dtype=x.dtype, device=x.device)
    transpose_add[(triton.cdiv(rows, 8), max(1, cols // 8))](x, y, rows, cols, x.stride(0), x.stride(1), B=8)
    return y
