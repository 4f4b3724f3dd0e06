# problem: layers::RowSumBfloat16 | tries: accumulates in bfloat16 | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def row_sum(x_ptr, out_ptr, n_cols, stride_row, stride_col, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    total = tl.zeros((BLOCK,), dtype=tl.bfloat16)
    for start in range(0, n_cols, BLOCK):
        col = start + tl.arange(0, BLOCK)
        total += tl.load(x_ptr + row * stride_row + col * stride_col, mask=col < n_cols, other=0.0)
    tl.store(out_ptr + row, tl.sum(total, axis=0))


def kernel_function(x):
    out = torch.empty(x.shape[:-1], dtype=x.dtype, device=x.device)
    row_sum[(x.shape[0],)](x, out, x.shape[1], x.stride(0), x.stride(1), BLOCK=16)
    return out
