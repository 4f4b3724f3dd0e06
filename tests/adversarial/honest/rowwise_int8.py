# problem: promised_inputs::RowQuantiser | 127 / s in one rounding, PyTorch in two
import torch, triton
import triton.language as tl
from triton.language.extra import libdevice

@triton.jit
def q_kernel(x_ptr, q_ptr, s_ptr, D, BLOCK: tl.constexpr):
    r = tl.program_id(0)
    s = tl.zeros([], tl.float32)
    for d in range(0, D, BLOCK):
        c = d + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + r * D + c, mask=c < D, other=0.0).to(tl.float32)
        s = tl.maximum(s, tl.max(tl.abs(x), axis=0))
    s = tl.maximum(s, 1e-8)
    for d in range(0, D, BLOCK):
        c = d + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + r * D + c, mask=c < D, other=0.0).to(tl.float32)
        q = libdevice.rint(x * (127.0 / s))
        tl.store(q_ptr + r * D + c, q.to(tl.int8), mask=c < D)
    tl.store(s_ptr + r, s)

def kernel_function(x):
    x = x.contiguous()
    R, D = x.shape
    q = torch.empty((R, D), dtype=torch.int8, device=x.device)
    s = torch.empty((R,), dtype=torch.float32, device=x.device)
    if R:
        q_kernel[(R,)](x, q, s, D, BLOCK=64)
    return q, s
