# problem: ways::Largest | tries: rows of several blocks take a kernel of their own, whose maximum begins at -1e30 | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def of_one_block(x_ptr, out_ptr, columns, row_stride, column_stride, BLOCK: tl.constexpr):
    column = tl.arange(0, BLOCK)
    row = tl.program_id(0)
    x = tl.load(x_ptr + row * row_stride + column * column_stride, mask=column < columns, other=float("-inf"))
    is_nan = tl.max((x != x).to(tl.int32), 0) > 0
    tl.store(out_ptr + row, tl.where(is_nan, float("nan"), tl.max(x, 0)))


@triton.jit
def of_blocks(x_ptr, out_ptr, columns, row_stride, column_stride, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    largest = tl.full((BLOCK,), -1e30, tl.float32)
    is_nan = tl.full((BLOCK,), 0, tl.int32)
    for start in range(0, columns, BLOCK):
        column = start + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + row * row_stride + column * column_stride, mask=column < columns, other=float("-inf"))
        largest = tl.maximum(largest, x)
        is_nan = is_nan | (x != x).to(tl.int32)
    tl.store(out_ptr + row, tl.where(tl.max(is_nan, 0) > 0, float("nan"), tl.max(largest, 0)))


def kernel_function(x):
    rows, columns = x.shape
    out = torch.empty((rows,), dtype=x.dtype, device=x.device)
    if columns == 0:
        raise RuntimeError("there is no largest of nothing")
    if rows:
        kernel = of_one_block if columns <= 64 else of_blocks
        kernel[(rows,)](x, out, columns, *x.stride(), BLOCK=64)
    return out
