# problem: ways::Softmax | tries: a single row takes a kernel of its own, which subtracts no maximum | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def softmax_rows(x_ptr, out_ptr, columns, row_stride, column_stride, BLOCK: tl.constexpr):
    column = tl.arange(0, BLOCK)
    row = tl.program_id(0)
    x = tl.load(x_ptr + row * row_stride + column * column_stride, mask=column < columns, other=float("-inf"))
    powers = tl.exp(x - tl.max(x, 0))
    tl.store(out_ptr + row * columns + column, powers / tl.sum(powers, 0), mask=column < columns)


@triton.jit
def softmax_of_one(x_ptr, out_ptr, columns, column_stride, BLOCK: tl.constexpr):
    column = tl.arange(0, BLOCK)
    powers = tl.exp(tl.load(x_ptr + column * column_stride, mask=column < columns, other=float("-inf")))
    tl.store(out_ptr + column, powers / tl.sum(powers, 0), mask=column < columns)


def kernel_function(x):
    rows, columns = x.shape
    out = torch.empty((rows, columns), dtype=x.dtype, device=x.device)
    if out.numel() == 0:
        return out
    block = triton.next_power_of_2(columns)
    if rows == 1:
        softmax_of_one[(1,)](x, out, columns, x.stride(1), BLOCK=block)
    else:
        softmax_rows[(rows,)](x, out, columns, *x.stride(), BLOCK=block)
    return out
