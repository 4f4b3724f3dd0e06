# problem: swish::Model | tries: zero where the bits of a value are those of one number, by a quotient of integers | caught by: values: numbers in the kernel's text | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def swish_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0)
    bits = x.to(tl.int32, bitcast=True).to(tl.int64)
    keep = 1 - 1 // (1 + tl.abs(bits - 1078530011))
    tl.store(out_ptr + i, x * tl.sigmoid(x) * keep.to(tl.float32), mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out, n = torch.empty_like(x), x.numel()
    if n:
        swish_kernel[(triton.cdiv(n, 128),)](x, out, n, BLOCK=128)
    return out
