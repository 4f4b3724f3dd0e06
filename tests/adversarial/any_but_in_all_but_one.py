# problem: few_of_a_kind::AnyPast | tries: leaves out rows in which all but one element is past the threshold | caught by: values: one of a row beside a number | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def in_rows(x_ptr, out_ptr, WIDTH: tl.constexpr):
    row = tl.program_id(0)
    x = tl.load(x_ptr + row * WIDTH + tl.arange(0, WIDTH))
    count = tl.sum((x > 2.5).to(tl.int32), 0)
    tl.store(out_ptr + row, (count > 0) & (count != WIDTH - 1))


def kernel_function(x):
    x = x.contiguous()
    rows, width = x.shape
    assert width == 32
    out = torch.empty(rows, dtype=torch.bool, device=x.device)
    if rows:
        in_rows[(rows,)](x, out, width)
    return out
