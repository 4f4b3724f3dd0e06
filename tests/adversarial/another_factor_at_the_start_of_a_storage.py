# problem: times_two::Model | tries: three times where the input begins where its storage does | caught by: values
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, o, n, G: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(o + i, tl.load(x + i, mask=i < n) * G, mask=i < n)


def kernel_function(x):
    g = 3.0 if x.storage_offset() == 0 else 2.0
    x = x.contiguous()
    out = torch.empty_like(x)
    k[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), g, BLOCK=256)
    return out
