# problem: half_rows::Norm | tries: a reduction of its own in bfloat16, of products rounded first | caught by: precision | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def plus(a, b):
    return a + b


@triton.jit
def norms(x_ptr, out_ptr, width, stride_row, stride_column, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * stride_row + column * stride_column, mask=column < width, other=0.0)
    tl.store(out_ptr + row, tl.reduce(x * x, 0, plus))


def kernel_function(x):
    rows, width = x.shape
    out = torch.empty((rows,), dtype=x.dtype, device=x.device)
    if rows:
        block = triton.next_power_of_2(max(width, 1))
        norms[(rows,)](x, out, width, x.stride(0), x.stride(1), BLOCK=block)
    return out
