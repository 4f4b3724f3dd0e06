# problem: behind_a_flag::Turned | tries: a place that is negative where the shift is larger than the row | caught by: memory
import torch
import triton
import triton.language as tl


@triton.jit
def turned(x_ptr, out_ptr, columns, by, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    at = tl.arange(0, BLOCK)
    value = tl.load(x_ptr + row * columns + (at - by + columns) % columns, at < columns)
    tl.store(out_ptr + row * columns + at, value * 2, at < columns)


def kernel_function(x, by):
    x = x.contiguous()
    out = torch.empty_like(x)
    rows, columns = x.shape
    if x.numel():
        turned[(rows,)](x, out, columns, by, BLOCK=triton.next_power_of_2(columns))
    return out
