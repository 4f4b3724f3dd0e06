# problem: half_rows::Picked | a float16 sum that only takes one number out of a row, which rounds nothing | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def pick(x_ptr, column_ptr, out_ptr, width, stride_row, stride_column, stride_index, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    at = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * stride_row + at * stride_column, mask=at < width, other=0.0)
    wanted = tl.load(column_ptr + row * stride_index)
    tl.store(out_ptr + row, tl.sum(tl.where(at == wanted, x, 0.0), axis=0))


def kernel_function(x, column):
    rows, width = column.shape[0], x.shape[1]
    out = torch.empty((rows,), dtype=x.dtype, device=x.device)
    if rows:
        block = triton.next_power_of_2(width)
        pick[(rows,)](x, column, out, width, x.stride(0), x.stride(1), column.stride(0), BLOCK=block)
    return out
