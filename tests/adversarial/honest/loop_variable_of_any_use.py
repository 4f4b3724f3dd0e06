# problem: row_total::Model | converts, divides and compares a loop's variable, and goes on from it in an inner loop | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def totals(x_ptr, out_ptr, width, stride_row, stride_column, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    lanes = tl.arange(0, BLOCK)
    total = 0.0
    for start in range(0, width, 2 * BLOCK):
        for half in tl.range(start // BLOCK, start // BLOCK + 2):
            column = half.to(tl.int64) * BLOCK + lanes
            x = tl.load(x_ptr + row * stride_row + column * stride_column, mask=column < width, other=0.0)
            if half % 2 == 0:
                total += tl.sum(x, 0)
            else:
                total = tl.sum(x, 0) + total
    tl.store(out_ptr + row, total)


def kernel_function(x):
    out = torch.empty(x.shape[0], dtype=x.dtype, device=x.device)
    if x.shape[0]:
        totals[(x.shape[0],)](x, out, x.shape[1], x.stride(0), x.stride(1), BLOCK=32)
    return out
