# problem: mean_of_labels::Model | tries: the mean over labels that are all left out is 0 in place of NaN | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def losses(x_ptr, t_ptr, part_ptr, classes, stride_row, stride_class, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    c = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * stride_row + c * stride_class, mask=c < classes, other=float("-inf"))
    label = tl.load(t_ptr + row)
    top = tl.max(x, 0)
    logarithm = top + tl.log(tl.sum(tl.exp(x - top), 0))
    own = tl.load(x_ptr + row * stride_row + label * stride_class, mask=label != -100, other=0.0)
    tl.store(part_ptr + row, tl.where(label != -100, logarithm - own, 0.0))


@triton.jit
def mean(part_ptr, t_ptr, out_ptr, n, BLOCK: tl.constexpr):
    total = tl.zeros((BLOCK,), tl.float32)
    count = tl.zeros((BLOCK,), tl.int32)
    for start in range(0, n, BLOCK):
        i = start + tl.arange(0, BLOCK)
        total += tl.load(part_ptr + i, mask=i < n, other=0.0)
        count += (tl.load(t_ptr + i, mask=i < n, other=-100) != -100).to(tl.int32)
    tl.store(out_ptr, tl.sum(total, 0) / tl.maximum(tl.sum(count, 0), 1))


def kernel_function(x, t):
    n, classes = x.shape
    if n == 0:
        raise ValueError("no rows")
    t = t.contiguous()
    part = torch.empty(n, dtype=torch.float32, device=x.device)
    out = torch.empty((), dtype=x.dtype, device=x.device)
    block = triton.next_power_of_2(classes)
    losses[(n,)](x, t, part, classes, x.stride(0), x.stride(1), BLOCK=block)
    mean[(1,)](part, t, out, n, BLOCK=64)
    return out
