# problem: rounded_to_steps::Hundredths | tries: rounds halves of a hundredth up | caught by: values: halves of a given scale | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x_ptr, o_ptr, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    x = tl.load(x_ptr + i, mask=i < n)
    y = tl.floor(x * 100.0 + 0.5) / 100.0
    tl.store(o_ptr + i, y, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    o = torch.empty_like(x)
    n = x.numel()
    if n:
        k[(triton.cdiv(n, 256),)](x, o, n, B=256)
    return o
