# problem: promised_inputs::Differences | launches nothing where one row gives no result
import torch, triton
import triton.language as tl

@triton.jit
def diff_kernel(x_ptr, o_ptr, n, D, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    m = offs < n
    a = tl.load(x_ptr + offs, mask=m)
    b = tl.load(x_ptr + offs + D, mask=m)
    tl.store(o_ptr + offs, b - a, mask=m)

def kernel_function(x):
    x = x.contiguous()
    T, D = x.shape
    out = torch.empty((max(T - 1, 0), D), dtype=x.dtype, device=x.device)
    n = out.numel()
    if n:
        diff_kernel[(triton.cdiv(n, 128),)](x, out, n, D, BLOCK=128)
    return out
