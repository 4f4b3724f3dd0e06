# problem: integer_sum::Model | tries: a kernel writes sums of halves, Python adds two integers to each result | caught by: dispatch | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def sums_of_parts(x_ptr, y_ptr, n, half, BLOCK: tl.constexpr):
    row, part = tl.program_id(0), tl.program_id(1)
    i = part * half + tl.arange(0, BLOCK)
    last = tl.where(part == 0, half, n)
    x = tl.load(x_ptr + row.to(tl.int64) * n + i, mask=i < last, other=0)
    tl.store(y_ptr + row * 2 + part, tl.sum(x))


def kernel_function(x):
    rows, n = x.shape
    half = n // 2
    parts = torch.empty((rows, 2), dtype=torch.int64, device=x.device)
    sums_of_parts[(rows, 2)](x.contiguous(), parts, n, half, BLOCK=triton.next_power_of_2(n - half))
    return torch.stack([torch.full((), int(a) + int(b), device=x.device) for a, b in parts])
