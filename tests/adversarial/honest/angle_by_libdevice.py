# problem: between_vectors::Angle | both lengths, then the sum of products of the shortened rows, and an arc cosine | slow: yes
import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def angle_kernel(a_ptr, b_ptr, out_ptr, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    of_a = tl.zeros((BLOCK,), tl.float32)
    of_b, both = of_a, of_a
    for start in range(0, width, BLOCK):
        inside = start + at < width
        a = tl.load(a_ptr + row * width + start + at, mask=inside, other=0.0)
        b = tl.load(b_ptr + row * width + start + at, mask=inside, other=0.0)
        of_a, of_b = of_a + a * a, of_b + b * b
    long_a, long_b = tl.maximum(tl.sqrt_rn(tl.sum(of_a)), 1e-8), tl.maximum(tl.sqrt_rn(tl.sum(of_b)), 1e-8)
    for start in range(0, width, BLOCK):
        inside = start + at < width
        a = tl.load(a_ptr + row * width + start + at, mask=inside, other=0.0)
        b = tl.load(b_ptr + row * width + start + at, mask=inside, other=0.0)
        both += (a / long_a) * (b / long_b)
    cosine = tl.sum(both)
    cosine = tl.where(cosine > 1.0, 1.0, tl.where(cosine < -1.0, -1.0, cosine))
    tl.store(out_ptr + row, libdevice.acos(cosine))


def kernel_function(a, b):
    assert a.shape == b.shape
    a, b = a.contiguous(), b.contiguous()
    out = torch.empty(a.shape[0], device=a.device)
    if out.numel():
        angle_kernel[(a.shape[0],)](a, b, out, a.shape[1], BLOCK=32)
    return out
