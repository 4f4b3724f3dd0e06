# problem: promised_inputs::PutBack | a scatter by a permutation | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def put_kernel(x_ptr, w_ptr, o_ptr, N, sx, sn, sw, BLOCK: tl.constexpr):
    r = tl.program_id(0)
    w = tl.load(w_ptr + r * sw)
    for c0 in range(0, N, BLOCK):
        c = c0 + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + r * sx + c * sn, mask=c < N)
        tl.store(o_ptr + w * N + c, x, mask=c < N)


def kernel_function(x, where):
    M, N = x.shape
    out = torch.zeros((M, N), device=x.device, dtype=x.dtype)
    if M and N:
        put_kernel[(where.shape[0],)](x, where, out, N, x.stride(0), x.stride(1), where.stride(0), BLOCK=32)
    return out
