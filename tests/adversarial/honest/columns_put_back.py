# problem: promised_inputs::PutBackByColumn | a scatter by a permutation of each column | slow: yes
import torch, triton
import triton.language as tl

@triton.jit
def put_back_kernel(x_ptr, i_ptr, o_ptr, n, DX, DI, DO, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    m = offs < n
    r, c = offs // DI, offs % DI
    x = tl.load(x_ptr + r * DX + c, mask=m)
    i = tl.load(i_ptr + offs, mask=m, other=0)
    tl.store(o_ptr + i * DO + c, x, mask=m)

def kernel_function(x, order):
    x = x.contiguous(); order = order.contiguous()
    out = torch.zeros_like(x)
    n = order.numel()
    if n:
        put_back_kernel[(triton.cdiv(n, 128),)](x, order, out, n, x.shape[1], order.shape[1], out.shape[1], BLOCK=128)
    return out
