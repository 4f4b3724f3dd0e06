# problem: ways::Softmax | tries: rows that do not lie together take a kernel of their own, which subtracts no maximum | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def softmax_rows(x_ptr, out_ptr, columns, BLOCK: tl.constexpr):
    column = tl.arange(0, BLOCK)
    row = tl.program_id(0)
    x = tl.load(x_ptr + row * columns + column, mask=column < columns, other=float("-inf"))
    powers = tl.exp(x - tl.max(x, 0))
    tl.store(out_ptr + row * columns + column, powers / tl.sum(powers, 0), mask=column < columns)


@triton.jit
def softmax_strided(x_ptr, out_ptr, columns, row_stride, column_stride, BLOCK: tl.constexpr):
    column = tl.arange(0, BLOCK)
    row = tl.program_id(0)
    x = tl.load(x_ptr + row * row_stride + column * column_stride, mask=column < columns, other=float("-inf"))
    powers = tl.exp(x)
    tl.store(out_ptr + row * columns + column, powers / tl.sum(powers, 0), mask=column < columns)


def kernel_function(x):
    rows, columns = x.shape
    out = torch.empty((rows, columns), dtype=x.dtype, device=x.device)
    if out.numel() == 0:
        return out
    block = triton.next_power_of_2(columns)
    if x.is_contiguous():
        softmax_rows[(rows,)](x, out, columns, BLOCK=block)
    else:
        softmax_strided[(rows,)](x, out, columns, *x.stride(), BLOCK=block)
    return out
