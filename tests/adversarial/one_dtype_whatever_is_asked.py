# problem: of_an_asked_dtype::Scaled | tries: float16, as in the example, whatever dtype is asked for | caught by: values
import torch
import triton
import triton.language as tl


@triton.jit
def scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, (tl.load(x_ptr + i, mask=i < n) * 1.5).to(tl.float16), mask=i < n)


def kernel_function(x, dtype):
    x = x.contiguous()
    out = torch.empty(x.shape, dtype=torch.float16, device=x.device)
    if x.numel():
        scaled[(triton.cdiv(x.numel(), 64),)](x, out, x.numel(), BLOCK=64)
    return out
