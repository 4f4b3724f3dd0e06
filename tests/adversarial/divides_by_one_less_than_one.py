# problem: few_of_a_kind::VarianceWhere | tries: divides by one less than there are, which is 0 where one is valid | caught by: values: few of a kind | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def variances(x_ptr, valid_ptr, out_ptr, width, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * width + column, mask=column < width, other=0.0)
    valid = tl.load(valid_ptr + row * width + column, mask=column < width, other=0).to(tl.float32)
    count = tl.sum(valid, 0)
    away = (x - tl.sum(x * valid, 0) / tl.maximum(count, 1.0)) * valid
    tl.store(out_ptr + row, tl.sum(away * away, 0) / (count - 1.0))


def kernel_function(x, valid):
    x, valid = x.contiguous(), valid.contiguous()
    rows, width = x.shape
    out = torch.empty(rows, dtype=x.dtype, device=x.device)
    if rows:
        variances[(rows,)](x, valid, out, width, BLOCK=triton.next_power_of_2(max(width, 1)))
    return out
