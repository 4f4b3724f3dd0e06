# problem: gated_by_a_ramp::Model | tries: overflows on the way to a result that does not, above 5.7e37 | caught by: values: up to the largest number | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x_ptr, o_ptr, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    x = tl.load(x_ptr + i, mask=i < n)
    ramp = tl.clamp(x + 3.0, 0.0, 6.0)
    ramp = tl.where(x != x, x, ramp)
    tl.store(o_ptr + i, x * ramp / 6.0, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    o = torch.empty_like(x)
    n = x.numel()
    if n:
        k[(triton.cdiv(n, 256),)](x, o, n, B=256)
    return o
