# problem: promised_inputs::ByLevel | tries: a dictionary whose keys are texts, not numbers | caught by: values | slow: yes
import torch, triton
import triton.language as tl

@triton.jit
def two_kernel(x_ptr, a_ptr, b_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    m = offs < n
    x = tl.load(x_ptr + offs, mask=m)
    tl.store(a_ptr + offs, x * 2, mask=m)
    tl.store(b_ptr + offs, x + 1, mask=m)

def kernel_function(x):
    x = x.contiguous()
    a, b = torch.empty_like(x), torch.empty_like(x)
    n = x.numel()
    if n:
        two_kernel[(triton.cdiv(n, 128),)](x, a, b, n, BLOCK=128)
    return {"0": a, "1": b}
