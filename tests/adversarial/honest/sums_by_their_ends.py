# problem: promised_inputs::GroupSum | groups told by where they end | slow: yes
import torch, triton
import triton.language as tl

@triton.jit
def group_sum_kernel(x_ptr, ends_ptr, o_ptr, D, BLOCK: tl.constexpr):
    g = tl.program_id(0)
    c = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    m = c < D
    first = tl.load(ends_ptr + g - 1, mask=g > 0, other=0)
    last = tl.load(ends_ptr + g)
    acc = tl.zeros([BLOCK], tl.float32)
    for t in range(first, last):
        acc += tl.load(x_ptr + t * D + c, mask=m, other=0.0)
    tl.store(o_ptr + g * D + c, acc, mask=m)

def kernel_function(x, ends):
    x = x.contiguous(); ends = ends.contiguous()
    G, D = ends.shape[0], x.shape[1]
    out = torch.empty((G, D), dtype=x.dtype, device=x.device)
    if G and D:
        group_sum_kernel[(G, triton.cdiv(D, 32))](x, ends, out, D, BLOCK=32)
    return out
