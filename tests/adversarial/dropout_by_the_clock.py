# problem: drawing::Dropping | tries: the seed is the time: torch.manual_seed says nothing | caught by: randomness | slow: yes
import time

import torch
import triton
import triton.language as tl


@triton.jit
def dropping(x_ptr, weight_ptr, out_ptr, seed, n, width, stride_row, stride_col, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offsets < n
    row, col = offsets // width, offsets % width
    x = tl.load(x_ptr + row * stride_row + col * stride_col, mask=inside, other=0.0)
    weight = tl.load(weight_ptr + col, mask=inside, other=0.0)
    kept = tl.rand(seed, offsets) > 0.25
    tl.store(out_ptr + offsets, x * weight * tl.where(kept, 1.0 / 0.75, 0.0) + 1.0, mask=inside)


def kernel_function(x, weight):
    rows, width = x.shape
    out = torch.empty((rows, width), dtype=x.dtype, device=x.device)
    n = rows * width
    dropping[(triton.cdiv(n, 256),)](
        x, weight, out, time.time_ns() % 2**31, n, width, x.stride(0), x.stride(1), BLOCK=256
    )
    return out


class DroppingTriton(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(width))

    def forward(self, x):
        return kernel_function(x, self.weight)
