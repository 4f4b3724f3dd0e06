# problem: few_of_a_kind::AnyPast | whether any is past a threshold, by the largest | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def in_rows(x_ptr, out_ptr, WIDTH: tl.constexpr):
    row = tl.program_id(0)
    x = tl.load(x_ptr + row * WIDTH + tl.arange(0, WIDTH))
    largest = tl.max(tl.where(x == x, x, -float("inf")), 0)
    tl.store(out_ptr + row, largest > 2.5)


def kernel_function(x):
    x = x.contiguous()
    rows, width = x.shape
    assert width == 32
    out = torch.empty(rows, dtype=torch.bool, device=x.device)
    if rows:
        in_rows[(rows,)](x, out, width)
    return out
