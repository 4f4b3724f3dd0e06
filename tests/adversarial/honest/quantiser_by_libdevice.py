# problem: quantised_rows::Model | rounds by libdevice.llrint, which gives an integer | slow: yes
import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def quantise_rows(x_ptr, q_ptr, scale_ptr, width, stride_row, stride_column, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    inside = column < width
    x = tl.load(x_ptr + row * stride_row + column * stride_column, mask=inside, other=0.0)
    largest = tl.max(tl.abs(x), axis=0)
    broken = tl.sum((libdevice.isnan(x) & inside).to(tl.int32), axis=0) > 0
    scale = tl.where(broken, float("nan"), libdevice.div_rn(tl.maximum(largest, 1e-6), 127.0))
    whole = tl.clamp(libdevice.llrint(libdevice.div_rn(x, scale)).to(tl.float32), -127.0, 127.0)
    tl.store(q_ptr + row * width + column, whole.to(tl.int8), mask=inside)
    tl.store(scale_ptr + row, scale)


def kernel_function(x):
    rows, width = x.shape
    q = torch.empty((rows, width), dtype=torch.int8, device=x.device)
    scale = torch.empty((rows, 1), dtype=x.dtype, device=x.device)
    if rows:
        block = triton.next_power_of_2(width)
        quantise_rows[(rows,)](x, q, scale, width, x.stride(0), x.stride(1), BLOCK=block)
    return q, scale
