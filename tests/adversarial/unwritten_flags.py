# problem: layers::Picked | tries: boolean output left unwritten in the last column | caught by: outputs written | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def pick(x_ptr, threshold_ptr, best_ptr, where_ptr, above_ptr, n_cols, stride_row, stride_col, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    col = tl.arange(0, BLOCK)
    inside = col < n_cols
    x = tl.load(x_ptr + row * stride_row + col * stride_col, mask=inside, other=float("-inf"))
    best, where = tl.max(x, axis=0, return_indices=True)
    tl.store(best_ptr + row, best)
    tl.store(where_ptr + row, where.to(tl.int64))
    tl.store(above_ptr + row * n_cols + col, x > tl.load(threshold_ptr), mask=col < n_cols - 1)


def kernel_function(x, threshold):
    rows, n_cols = x.shape
    best = x.new_empty(rows)
    where = x.new_empty(rows, dtype=torch.int64)
    above = torch.empty((rows, n_cols), dtype=torch.bool, device=x.device)
    pick[(rows,)](x, threshold, best, where, above, n_cols, *x.stride(), BLOCK=triton.next_power_of_2(n_cols))
    return {"best": best, "where": (where, above)}
