# problem: missing_values::Imputed | tries: zero for the mean of a column of which nothing is there | caught by: values: slices of nan | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def impute_kernel(x_ptr, out_ptr, rows, n, BLOCK: tl.constexpr):
    column = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = column < n
    total = tl.zeros((BLOCK,), tl.float32)
    count = tl.zeros((BLOCK,), tl.float32)
    for row in range(rows):
        x = tl.load(x_ptr + row.to(tl.int64) * n + column, mask=inside, other=0.0)
        there = x == x
        total += tl.where(there, x, 0.0)
        count += there.to(tl.float32)
    mean = total / tl.maximum(count, 1.0)
    for row in range(rows):
        x = tl.load(x_ptr + row.to(tl.int64) * n + column, mask=inside, other=0.0)
        tl.store(out_ptr + row.to(tl.int64) * n + column, tl.where(x == x, x, mean) - mean, mask=inside)


def kernel_function(x):
    x = x.contiguous()
    rows, n = x.shape
    out = torch.empty_like(x)
    if out.numel():
        impute_kernel[(triton.cdiv(n, 32),)](x, out, rows, n, BLOCK=32)
    return out
