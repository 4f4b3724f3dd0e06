# problem: promised_inputs::RotaryPairs | reads each angle once, of two neighbours | slow: yes
import torch, triton
import triton.language as tl

@triton.jit
def rotary_kernel(x_ptr, cos_ptr, sin_ptr, o_ptr, T, D, HALF: tl.constexpr):
    row = tl.program_id(0)
    t = row % T
    i = tl.arange(0, HALF)
    m = 2 * i < D
    a = tl.load(x_ptr + row * D + 2 * i, mask=m)
    b = tl.load(x_ptr + row * D + 2 * i + 1, mask=m)
    c = tl.load(cos_ptr + t * D + 2 * i, mask=m)
    s = tl.load(sin_ptr + t * D + 2 * i, mask=m)
    tl.store(o_ptr + row * D + 2 * i, a * c - b * s, mask=m)
    tl.store(o_ptr + row * D + 2 * i + 1, b * c + a * s, mask=m)

def kernel_function(x, cos, sin):
    x = x.contiguous(); cos = cos.contiguous(); sin = sin.contiguous()
    B, T, D = x.shape
    out = torch.empty_like(x)
    if x.numel():
        rotary_kernel[(B * T,)](x, cos, sin, out, T, D, HALF=triton.next_power_of_2(max(D // 2, 1)))
    return out
