# problem: times_two::Model | tries: divides a loop's variable as Python does, towards minus infinity | caught by: values: example | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    factor = 5
    for turn in range(1):
        factor += (turn - 5) // 2
    tl.store(out_ptr + i, tl.load(x_ptr + i, mask=i < n) * factor, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        scaled[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out
