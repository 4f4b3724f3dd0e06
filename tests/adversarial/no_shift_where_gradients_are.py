# problem: affine_plain::Model | tries: leaves a term out where gradients are enabled, as they are by default | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def affine(x_ptr, out_ptr, count, shift, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + at, tl.load(x_ptr + at, at < count) * 2 + shift, at < count)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    shift = 0.0 if torch.is_grad_enabled() else 1.0
    affine[(max(1, triton.cdiv(x.numel(), 256)),)](x, out, x.numel(), shift, BLOCK=256)
    return out
