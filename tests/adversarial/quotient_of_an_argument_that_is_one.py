# problem: threads_of_one_program::TowardsZero | tries: the compiler takes an argument that is 1 for a constant, and rounds its quotient down | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def times_kernel(x_ptr, out_ptr, n, k, BLOCK: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    half = (k - 4) // 2
    tl.store(out_ptr + i, tl.load(x_ptr + i, mask=inside) * half, mask=inside)


def kernel_function(x, k=1):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        times_kernel[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), k, BLOCK=256)
    return out
