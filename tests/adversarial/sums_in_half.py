# problem: half_rows::Mean | tries: tl.sum of a float16 block, which is added up in float16 | caught by: precision | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def mean_rows(x_ptr, out_ptr, width, stride_row, stride_column, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * stride_row + column * stride_column, mask=column < width, other=0.0)
    tl.store(out_ptr + row, tl.sum(x, axis=0).to(tl.float32) / width)


def kernel_function(x):
    rows, width = x.shape
    out = torch.empty((rows,), dtype=x.dtype, device=x.device)
    if rows:
        block = triton.next_power_of_2(max(width, 1))
        mean_rows[(rows,)](x, out, width, x.stride(0), x.stride(1), BLOCK=block)
    return out
