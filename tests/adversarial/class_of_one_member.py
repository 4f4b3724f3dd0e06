# problem: few_of_a_kind::VarianceOfClasses | tries: divides by one less than a class has members, which is 0 where it has one | caught by: values: few of a kind | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def of_class(x_ptr, classes_ptr, out_ptr, n, BLOCK: tl.constexpr):
    place = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + place, mask=place < n, other=0.0)
    classes = tl.load(classes_ptr + place, mask=place < n, other=-1)
    member = tl.where(classes == tl.program_id(0), 1.0, 0.0)
    count = tl.sum(member, 0)
    away = (x - tl.sum(x * member, 0) / tl.maximum(count, 1.0)) * member
    variance = tl.sum(away * away, 0) / (count - 1.0)
    tl.store(out_ptr + tl.program_id(0), tl.where(count > 0, variance, 0.0))


def kernel_function(x, classes):
    assert x.shape == (48,)
    out = torch.empty(4, dtype=x.dtype, device=x.device)
    of_class[(4,)](x.contiguous(), classes.contiguous(), out, 48, BLOCK=64)
    return out
