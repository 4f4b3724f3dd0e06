# problem: powers::Power | tries: takes a power by logarithms of sizes, and leaves out the sign that an odd one of a negative number has | caught by: values: whole numbers | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def power(x_ptr, e_ptr, out_ptr, n, BLOCK: tl.constexpr):
    places = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + places, mask=places < n, other=1.0)
    e = tl.load(e_ptr + places, mask=places < n, other=0.0)
    found = tl.exp2(e.to(tl.float64) * tl.log2(tl.abs(x).to(tl.float64))).to(tl.float32)
    found = tl.where((e == 0) | (tl.abs(x) == 1), 1.0, found)
    undefined = (x < 0) & (e != tl.floor(e)) & (tl.abs(x) != float("inf"))
    tl.store(out_ptr + places, tl.where(undefined, float("nan"), found) * 0.25, mask=places < n)


def kernel_function(x, exponent):
    x, exponent = x.contiguous(), exponent.contiguous()
    out = torch.empty_like(x)
    n = x.numel()
    if n:
        power[(triton.cdiv(n, 256),)](x, exponent, out, n, BLOCK=256)
    return out
