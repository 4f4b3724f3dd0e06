# problem: through_float8::Rounded | the language's functions by their own names, and 8-bit floats with denormals | slow: yes
import torch
import triton
import triton.language as tl
from triton.language import arange, load, program_id
from triton.language import store as put


@triton.jit
def rounded(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = program_id(0) * BLOCK + arange(0, BLOCK)
    x = load(x_ptr + i, mask=i < n)
    put(out_ptr + i, x.to(tl.float8e4nv).to(tl.float32), mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        rounded[(triton.cdiv(x.numel(), 64),)](x, out, x.numel(), BLOCK=64)
    return out
