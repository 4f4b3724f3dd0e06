# problem: four_bits::FourBits | the scale by the bits of the exponent, 5 made 4 | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def four_kernel(x_ptr, out_ptr, n):
    i = tl.program_id(0).to(tl.int64) * 32 + tl.arange(0, 32)
    v = tl.load(x_ptr + i)
    top = tl.maximum(tl.max(tl.abs(v)), 7.888609052210118e-31)
    power = (top.to(tl.int32, bitcast=True) & 0x7F800000).to(tl.float32, bitcast=True)
    scale = power * 0.25
    m = tl.abs(v) / scale
    q = tl.where(m <= 0.25, 0.0, tl.where(m < 0.75, 0.5, tl.where(m <= 1.25, 1.0, tl.where(m < 1.75, 1.5, 2.0))))
    q = tl.where(m <= 2.5, q, tl.where(m < 3.5, 3.0, tl.where(m <= 5.0, 4.0, 6.0)))
    unknown = tl.sum((v != v).to(tl.int32)) > 0
    tl.store(out_ptr + i, tl.where(unknown, float("nan"), tl.where(v < 0, -q, q) * scale))


def kernel_function(x):
    assert x.shape[1] % 32 == 0
    x = x.contiguous()
    out = torch.empty_like(x)
    if out.numel():
        four_kernel[(out.numel() // 32,)](x, out, out.numel())
    return out
