# problem: behind_a_flag::RunningSum | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def running_sum(x_ptr, out_ptr, rows_apart, columns_apart, columns, REVERSE: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    at = tl.arange(0, BLOCK)
    if REVERSE:
        place = columns - 1 - at
        value = tl.load(x_ptr + row * rows_apart + place * columns_apart, place >= 0, other=0.0)
    else:
        place = at
        value = tl.load(x_ptr + row * rows_apart + place * columns_apart, place < columns, other=0.0)
    tl.store(out_ptr + row * columns + place, tl.cumsum(value, 0), at < columns)


def kernel_function(x, reverse):
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    rows, columns = x.shape
    if x.numel():
        block = triton.next_power_of_2(columns)
        running_sum[(rows,)](x, out, x.stride(0), x.stride(1), columns, REVERSE=reverse, BLOCK=block)
    return out
