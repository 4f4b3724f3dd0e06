# problem: not_exported::FirstRows | a kernel counts, and a tensor with the count stands for a size | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def positive(x_ptr, count_ptr, rows, width, BLOCK: tl.constexpr):
    row = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    first = tl.load(x_ptr + row.to(tl.int64) * width, mask=row < rows, other=0.0)
    tl.atomic_add(count_ptr, tl.sum((first > 0).to(tl.int32)))


@triton.jit
def doubled(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y_ptr + i, tl.load(x_ptr + i, mask=i < n) * 2, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    rows, width = x.shape
    count = torch.zeros(1, dtype=torch.int32, device=x.device)
    if x.numel():
        positive[(triton.cdiv(rows, 64),)](x, count, rows, width, BLOCK=64)
    y = x.new_empty(count[0], width)
    kept = y.shape[0]
    if kept:
        grid = lambda meta: (triton.cdiv(kept * width, meta["BLOCK"]),)
        doubled[grid](x, y, kept * width, BLOCK=64)
    return y
