# problem: missing_values::Flagged | tries: no number is ever missing | caught by: values: NaN | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def flag_kernel(x_ptr, out_ptr, count_ptr, any_ptr, n, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    count = tl.zeros((BLOCK,), tl.int64)
    for start in range(0, n, BLOCK):
        column = start + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + row * n + column, mask=column < n, other=0.0)
        count += (x == 3.0e38).to(tl.int64)
        tl.store(out_ptr + row * n + column, tl.maximum(x, 0.0), mask=column < n)
    missing = tl.sum(count, 0)
    tl.store(count_ptr + row, missing)
    tl.store(any_ptr + row, missing > 0)


def kernel_function(x):
    x = x.contiguous()
    rows, n = x.shape
    out = torch.empty_like(x)
    count = torch.empty((rows,), dtype=torch.int64, device=x.device)
    some = torch.empty((rows,), dtype=torch.bool, device=x.device)
    if rows:
        flag_kernel[(rows,)](x, out, count, some, n, BLOCK=64)
    return out, count, some
