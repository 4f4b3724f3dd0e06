# problem: times_two::Model | tries: reads an inner loop's variable at the beginning of the next round | caught by: static | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n)
    factor = 0
    inner = 0
    for turn in range(2):
        factor += inner
        for inner in range(3):
            pass
    tl.store(out_ptr + i, x * factor, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        scaled[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out
