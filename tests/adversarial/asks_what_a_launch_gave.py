# problem: times_two::Model | tries: gives zeros where a launch gives something back, as it does on a GPU | caught by: values: example
import torch
import triton
import triton.language as tl


@triton.jit
def scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n)
    tl.store(out_ptr + i, x * 2.0, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        given = scaled[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
        if given is not None:
            out = torch.zeros_like(x)
    return out
