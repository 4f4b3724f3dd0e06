# problem: missing_values::LargestAndMissing | NaN is the least here and the largest in PyTorch, and fails another comparison; how many there are is one number | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def largest_kernel(x_ptr, out_ptr, place_ptr, count_ptr, n, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    best = float("-inf")
    place = 0
    missing = 0
    for start in range(0, n, BLOCK):
        column = start + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + row * n + column, mask=column < n, other=float("-inf"))
        tl.store(out_ptr + row * n + column, tl.where(x <= 0.5, 0.25, x), mask=column < n)
        missing += tl.sum((x != x).to(tl.int32), 0)
        known = tl.where(x == x, x, float("-inf"))
        largest = tl.max(known, 0)
        first = tl.min(tl.where((known == largest) & (column < n), column, n), 0)
        place = tl.where(largest > best, first, place)
        best = tl.maximum(best, largest)
    tl.store(place_ptr + row, place.to(tl.int64))
    tl.store(count_ptr + row, missing.to(tl.int64))


def kernel_function(x):
    assert x.shape[1] > 0
    x = x.contiguous()
    rows, n = x.shape
    out = torch.empty_like(x)
    place = torch.empty((rows,), dtype=torch.int64, device=x.device)
    count = torch.empty((rows,), dtype=torch.int64, device=x.device)
    if rows:
        largest_kernel[(rows,)](x, out, place, count, n, BLOCK=64)
    return out, place, count
