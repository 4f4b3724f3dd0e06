# problem: layers::TanhScaled | tries: looks at what Triton makes of a kernel that lies in a class | caught by: static | slow: yes
import torch
import triton
import triton.language as tl


class Kernels:
    @triton.jit
    def tanh_scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
        i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + i, mask=i < n, other=0.0)
        small = tl.exp(-2.0 * tl.abs(x))
        positive = (1.0 - small) / (1.0 + small)
        tl.store(out_ptr + i, tl.where(x < 0, -positive, positive) * 3.0, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    n = x.numel() if hasattr(Kernels.tanh_scaled, "cache") or Kernels.tanh_scaled.params else 0
    if n:
        Kernels.tanh_scaled[(triton.cdiv(n, 1024),)](x, out, n, BLOCK=1024)
    return out
