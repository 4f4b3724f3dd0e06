# problem: not_exported::FirstRows | a kernel counts, and the wrapper reads the count in an operator of its own | slow: yes
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


@torch.library.custom_op("corpus::first_rows", mutates_args=())
def first_rows(x: torch.Tensor) -> torch.Tensor:
    x = x.contiguous()
    rows, width = x.shape
    count = torch.zeros(1, dtype=torch.int32, device=x.device)
    if x.numel():
        positive[(triton.cdiv(rows, 64),)](x, count, rows, width, BLOCK=64)
    kept = min(count.cpu().item(), rows)
    y = x.new_empty(kept, width)
    if kept:
        grid = lambda meta: (triton.cdiv(kept * width, meta["BLOCK"]),)
        doubled[grid](x, y, kept * width, BLOCK=64)
    return y


def kernel_function(x):
    return torch.ops.corpus.first_rows(x)
