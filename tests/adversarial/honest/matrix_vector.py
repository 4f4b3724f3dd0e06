# problem: products::MatrixVector | no tl.dot: a tile times a row, summed; rows and columns in blocks | slow: yes
import torch
import triton
import triton.language as tl

BLOCK_ROWS = 8
BLOCK_COLS = 32


@triton.jit
def gemv(a_ptr, x_ptr, y_ptr, rows, cols, stride_ar, stride_ac, stride_x, R: tl.constexpr, C: tl.constexpr):
    r = tl.program_id(0) * R + tl.arange(0, R)
    total = tl.zeros((R, C), dtype=tl.float32)
    for c0 in range(0, cols, C):
        c = c0 + tl.arange(0, C)
        a = tl.load(
            a_ptr + r[:, None] * stride_ar + c[None, :] * stride_ac, mask=(r[:, None] < rows) & (c[None, :] < cols), other=0.0
        )
        x = tl.load(x_ptr + c * stride_x, mask=c < cols, other=0.0)
        total += a * x[None, :]
    tl.store(y_ptr + r, tl.sum(total, axis=1), mask=r < rows)


def kernel_function(a, x):
    rows, cols = a.shape
    y = torch.empty((rows,), dtype=a.dtype, device=a.device)
    gemv[(triton.cdiv(rows, BLOCK_ROWS),)](
        a, x, y, rows, cols, a.stride(0), a.stride(1), x.stride(0), R=BLOCK_ROWS, C=BLOCK_COLS
    )
    return y
