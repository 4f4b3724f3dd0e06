# problem: affine_plain::Model | arguments whose annotations name types that hold what they are given | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def affine(x_ptr, out_ptr, n: tl.int64, one: tl.int8, gain: tl.float16, shifted: tl.int1, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offsets < n
    x = tl.load(x_ptr + offsets, mask=inside)
    if shifted:
        tl.store(out_ptr + offsets, x * gain + one, mask=inside)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    affine[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), 1, 2.0, True, BLOCK=256)
    return out
