# problem: promised_inputs::Between | by the formula of the documentation, which gives NaN for other infinities
import torch, triton
import triton.language as tl

@triton.jit
def lerp_kernel(a_ptr, b_ptr, w_ptr, o_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    m = offs < n
    a = tl.load(a_ptr + offs, mask=m)
    b = tl.load(b_ptr + offs, mask=m)
    w = tl.load(w_ptr + offs, mask=m)
    tl.store(o_ptr + offs, a + w * (b - a), mask=m)

def kernel_function(a, b, w):
    a, b, w = torch.broadcast_tensors(a, b, w)
    a = a.contiguous(); b = b.contiguous(); w = w.contiguous()
    out = torch.empty_like(a)
    n = a.numel()
    if n:
        lerp_kernel[(triton.cdiv(n, 128),)](a, b, w, out, n, BLOCK=128)
    return out
