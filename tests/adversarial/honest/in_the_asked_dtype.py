# problem: of_an_asked_dtype::Scaled | the store converts to what the result is
import torch
import triton
import triton.language as tl


@triton.jit
def scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, tl.load(x_ptr + i, mask=i < n) * 1.5, mask=i < n)


def kernel_function(x, dtype):
    x = x.contiguous()
    out = torch.empty(x.shape, dtype=dtype, device=x.device)
    if x.numel():
        scaled[(triton.cdiv(x.numel(), 64),)](x, out, x.numel(), BLOCK=64)
    return out
