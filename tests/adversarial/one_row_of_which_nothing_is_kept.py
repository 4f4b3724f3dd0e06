# problem: ways::KeptSoftmax | tries: a single row takes a kernel of its own, which divides by the sum of nothing | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def kept_rows(x_ptr, keep_ptr, out_ptr, columns, x_row, x_column, keep_row, keep_column, BLOCK: tl.constexpr):
    column = tl.arange(0, BLOCK)
    row = tl.program_id(0)
    keep = tl.load(keep_ptr + row * keep_row + column * keep_column, mask=column < columns, other=0) != 0
    x = tl.load(x_ptr + row * x_row + column * x_column, mask=column < columns, other=float("-inf"))
    x = tl.where(keep, x, float("-inf"))
    largest = tl.max(x, 0)
    powers = tl.where(keep, tl.exp(x - tl.where(largest == float("-inf"), 0.0, largest)), 0.0)
    total = tl.sum(powers, 0)
    share = powers / tl.where(total == 0, 1.0, total)
    tl.store(out_ptr + row * columns + column, tl.where(share == share, share, 0.0), mask=column < columns)


@triton.jit
def kept_row(x_ptr, keep_ptr, out_ptr, columns, x_column, keep_column, BLOCK: tl.constexpr):
    column = tl.arange(0, BLOCK)
    keep = tl.load(keep_ptr + column * keep_column, mask=column < columns, other=0) != 0
    x = tl.load(x_ptr + column * x_column, mask=column < columns, other=float("-inf"))
    x = tl.where(keep, x, float("-inf"))
    powers = tl.exp(x - tl.max(x, 0))
    tl.store(out_ptr + column, powers / tl.sum(powers, 0), mask=column < columns)


def kernel_function(x, keep):
    rows, columns = x.shape
    out = torch.empty((rows, columns), dtype=x.dtype, device=x.device)
    if out.numel() == 0:
        return out
    block = triton.next_power_of_2(columns)
    if rows == 1:
        kept_row[(1,)](x, keep, out, columns, x.stride(1), keep.stride(1), BLOCK=block)
    else:
        kept_rows[(rows,)](x, keep, out, columns, *x.stride(), *keep.stride(), BLOCK=block)
    return out
