# problem: views::OtherImaginary | PyTorch notes the negation, the kernel computes it | slow: yes
import torch
import triton
import triton.language as tl
@triton.jit
def _k(b, y, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    m = i < n
    tl.store(y + i, tl.load(b + i, mask=m) * -3.0, mask=m)
def kernel_function(a, b):
    b = b.contiguous()
    y = torch.empty(a.shape, dtype=b.dtype, device=b.device)
    n = a.numel()
    if n: _k[(triton.cdiv(n, 256),)](b, y, n, B=256)
    return y
