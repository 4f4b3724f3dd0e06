# problem: layers::Joined | each half of the output is written through a slice of it, one by a kernel, one by a copy
import torch
import triton
import triton.language as tl


@triton.jit
def clamp(x_ptr, out_ptr, n_cols, stride_row, stride_col, stride_out, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    col = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * stride_row + col * stride_col, mask=col < n_cols)
    tl.store(out_ptr + row * stride_out + col, tl.maximum(x, 0.0), mask=col < n_cols)


def kernel_function(x):
    rows, n_cols = x.shape
    out = torch.empty((rows, 2 * n_cols), dtype=x.dtype, device=x.device)
    left, right = out[:, :n_cols], out[:, n_cols:]
    clamp[(rows,)](x, left, n_cols, x.stride(0), x.stride(1), left.stride(0), BLOCK=triton.next_power_of_2(n_cols))
    right.copy_(x)
    return out
