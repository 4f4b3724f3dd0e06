# problem: ways::Softmax | tries: one of an autotuner's five configurations subtracts no maximum | caught by: values | slow: yes
import torch
import triton
import triton.language as tl

CONFIGURATIONS = [triton.Config({"WITH_MAXIMUM": 1}, num_warps=warps) for warps in (1, 2, 4, 8)]


@triton.autotune(configs=[*CONFIGURATIONS, triton.Config({"WITH_MAXIMUM": 0}, num_warps=16)], key=["columns"])
@triton.jit
def softmax_rows(
    x_ptr, out_ptr, columns, row_stride, column_stride, BLOCK: tl.constexpr, WITH_MAXIMUM: tl.constexpr
):
    column = tl.arange(0, BLOCK)
    row = tl.program_id(0)
    x = tl.load(x_ptr + row * row_stride + column * column_stride, mask=column < columns, other=float("-inf"))
    if WITH_MAXIMUM:
        x = x - tl.max(x, 0)
    powers = tl.exp(x)
    tl.store(out_ptr + row * columns + column, powers / tl.sum(powers, 0), mask=column < columns)


def kernel_function(x):
    rows, columns = x.shape
    out = torch.empty((rows, columns), dtype=x.dtype, device=x.device)
    if out.numel():
        softmax_rows[(rows,)](x, out, columns, *x.stride(), BLOCK=triton.next_power_of_2(columns))
    return out
