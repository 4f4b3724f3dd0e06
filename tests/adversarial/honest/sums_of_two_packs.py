# problem: promised_inputs::TwoPackedSums | offsets of two packed batches, which end at sizes of their own | slow: yes
import torch, triton
import triton.language as tl

@triton.jit
def packed_sum_kernel(x_ptr, cu_ptr, o_ptr, D, BLOCK: tl.constexpr):
    b = tl.program_id(0)
    c = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    m = c < D
    first = tl.load(cu_ptr + b)
    last = tl.load(cu_ptr + b + 1)
    acc = tl.zeros([BLOCK], tl.float32)
    for t in range(first, last):
        acc += tl.load(x_ptr + t * D + c, mask=m, other=0.0)
    tl.store(o_ptr + b * D + c, acc, mask=m)

def sums(x, cu):
    x = x.contiguous(); cu = cu.contiguous()
    B, D = cu.shape[0] - 1, x.shape[1]
    out = torch.empty((B, D), dtype=x.dtype, device=x.device)
    if B and D:
        packed_sum_kernel[(B, triton.cdiv(D, 32))](x, cu, out, D, BLOCK=32)
    return out

def kernel_function(q, k, cu_q, cu_k):
    return sums(q, cu_q), sums(k, cu_k)
