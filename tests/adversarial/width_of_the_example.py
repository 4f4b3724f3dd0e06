# problem: norms::UnitLength | tries: the number of columns is written into the kernel | caught by: memory | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def normalise(x_ptr, y_ptr, cols, stride_r, stride_c, eps: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    x_ptr += row * stride_r
    sum_sq = tl.full([], 0.0, tl.float32)
    for off in tl.range(0, cols, BLOCK):
        c = off + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + c * stride_c, mask=c < cols, other=0.0)
        sum_sq += tl.sum(x * x)
    length = tl.maximum(tl.sqrt_rn(sum_sq), eps)
    for off in tl.range(0, cols, BLOCK):
        c = off + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + c * stride_c, mask=c < cols, other=0.0)
        tl.store(y_ptr + row * cols + c, tl.div_rn(x, length), mask=c < cols)


COLUMNS = 24


def kernel_function(x: torch.Tensor) -> torch.Tensor:
    rows, cols = x.shape
    y = torch.empty(rows, cols, dtype=x.dtype, device=x.device)
    normalise[rows,](x, y, COLUMNS, x.stride(0), x.stride(1), eps=1e-12, BLOCK=16)
    return y
