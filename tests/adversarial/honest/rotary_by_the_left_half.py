# problem: promised_inputs::Rotary | reads each angle once, in the manner of Liger-Kernel | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def rotate(q_ptr, cos_ptr, sin_ptr, o_ptr, T, H, D, sc, ss, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    t = (row // H) % T
    half = D // 2
    d = tl.arange(0, BLOCK)
    mask = d < half
    cos = tl.load(cos_ptr + t * sc + d, mask=mask, other=0.0)
    sin = tl.load(sin_ptr + t * ss + d, mask=mask, other=0.0)
    left = tl.load(q_ptr + row * D + d, mask=mask, other=0.0)
    right = tl.load(q_ptr + row * D + half + d, mask=mask, other=0.0)
    tl.store(o_ptr + row * D + d, left * cos - right * sin, mask=mask)
    tl.store(o_ptr + row * D + half + d, right * cos + left * sin, mask=mask)


def kernel_function(q, cos, sin):
    q, cos, sin = q.contiguous(), cos.contiguous(), sin.contiguous()
    B, T, H, D = q.shape
    o = torch.empty_like(q)
    if q.numel():
        block = triton.next_power_of_2(max(D // 2, 1))
        rotate[(B * T * H,)](q, cos, sin, o, T, H, D, cos.stride(0), sin.stride(0), BLOCK=block)
    return o
