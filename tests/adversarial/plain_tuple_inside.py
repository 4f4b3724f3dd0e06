# problem: named_results::Nested | tries: gives a plain tuple in a list in a dictionary where users read attributes | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def split_rows(x, above, below, columns, row_step, column_step, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = column < columns
    value = tl.load(x + row * row_step + column * column_step, mask=inside, other=0.0)
    tl.store(above + row * columns + column, tl.where(value < 0, 0.0, value), mask=inside)
    tl.store(below + row * columns + column, tl.where(value > 0, 0.0, value), mask=inside)


def kernel_function(x):
    rows, columns = x.shape
    above = torch.empty((rows, columns), dtype=x.dtype, device=x.device)
    below = torch.empty((rows, columns), dtype=x.dtype, device=x.device)
    if x.numel():
        grid = (rows, triton.cdiv(columns, 64))
        split_rows[grid](x, above, below, columns, x.stride(0), x.stride(1), BLOCK=64)
    return {"parts": [(above, below)]}
