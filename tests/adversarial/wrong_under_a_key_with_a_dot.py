# problem: keys_with_dots::Folded | tries: is wrong in an output whose path, put together by dots, is also another's | caught by: values
import torch
import triton
import triton.language as tl


@triton.jit
def rise(x, low, risen, columns, row_step, column_step, TOP: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = column < columns
    value = tl.load(x + row * row_step + column * column_step, mask=inside, other=0.0) + 0.5
    value = tl.where(value < 0, 0.0, value)
    tl.store(risen + row * columns + column, value, mask=inside)
    tl.store(low + row * columns + column, tl.where(value > 1.5, TOP, value), mask=inside)


def kernel_function(x):
    rows, columns = x.shape
    low = torch.empty((rows, columns), dtype=x.dtype, device=x.device)
    risen = torch.empty((rows, columns), dtype=x.dtype, device=x.device)
    if x.numel():
        grid = (rows, triton.cdiv(columns, 64))
        rise[grid](x, low, risen, columns, x.stride(0), x.stride(1), TOP=0.25, BLOCK=64)
    return {"up": {"low": low}, "up.low": risen}
