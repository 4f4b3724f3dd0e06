# problem: between_vectors::Angle | three sums in one round, and an arc cosine | slow: yes
import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def angle_kernel(a_ptr, b_ptr, out_ptr, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    both = tl.zeros((BLOCK,), tl.float32)
    of_a, of_b = both, both
    for start in range(0, width, BLOCK):
        inside = start + at < width
        a = tl.load(a_ptr + row * width + start + at, mask=inside, other=0.0)
        b = tl.load(b_ptr + row * width + start + at, mask=inside, other=0.0)
        both, of_a, of_b = both + a * b, of_a + a * a, of_b + b * b
    a, b = tl.maximum(tl.sqrt_rn(tl.sum(of_a)), 1e-8), tl.maximum(tl.sqrt_rn(tl.sum(of_b)), 1e-8)
    cosine = tl.sum(both) / (a * b)
    tl.store(out_ptr + row, libdevice.acos(tl.minimum(tl.maximum(cosine, -1.0), 1.0)))


def kernel_function(a, b):
    assert a.shape == b.shape
    a, b = a.contiguous(), b.contiguous()
    out = torch.empty(a.shape[0], device=a.device)
    if out.numel():
        angle_kernel[(a.shape[0],)](a, b, out, a.shape[1], BLOCK=32)
    return out
