# problem: promised_inputs::PaddedSum | loops to the length of each sequence | slow: yes
import torch, triton
import triton.language as tl

@triton.jit
def padded_sum_kernel(x_ptr, len_ptr, o_ptr, T, D, BLOCK: tl.constexpr):
    b = tl.program_id(0)
    c = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    m = c < D
    n = tl.load(len_ptr + b)
    acc = tl.zeros([BLOCK], tl.float32)
    for t in range(0, n):
        acc += tl.load(x_ptr + (b * T + t) * D + c, mask=m, other=0.0)
    tl.store(o_ptr + b * D + c, acc, mask=m)

def kernel_function(x, lengths):
    x = x.contiguous(); lengths = lengths.contiguous()
    B, T, D = x.shape
    out = torch.empty((B, D), dtype=x.dtype, device=x.device)
    if B and D:
        padded_sum_kernel[(B, triton.cdiv(D, 32))](x, lengths, out, T, D, BLOCK=32)
    return out
