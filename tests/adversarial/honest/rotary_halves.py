# problem: attending::Rotary | a program for each position and head block; both halves by one program | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def rotary(x_ptr, cos_ptr, sin_ptr, y_ptr, T, H, half, sb, st, sh, sd, BLOCK_H: tl.constexpr, BLOCK_D: tl.constexpr):
    bt = tl.program_id(0)
    b, t = bt // T, bt % T
    h = tl.program_id(1) * BLOCK_H + tl.arange(0, BLOCK_H)[:, None]
    d = tl.arange(0, BLOCK_D)[None, :]
    mask = (h < H) & (d < half)
    cos = tl.load(cos_ptr + t * half + d, mask=d < half, other=0.0)
    sin = tl.load(sin_ptr + t * half + d, mask=d < half, other=0.0)
    base = x_ptr + b * sb + t * st + h * sh
    one = tl.load(base + d * sd, mask=mask, other=0.0)
    two = tl.load(base + (d + half) * sd, mask=mask, other=0.0)
    out = y_ptr + (bt * H + h) * (2 * half)
    tl.store(out + d, one * cos - two * sin, mask=mask)
    tl.store(out + half + d, two * cos + one * sin, mask=mask)


def kernel_function(x, cos, sin):
    B, T, H, D = x.shape
    cos, sin = cos.contiguous(), sin.contiguous()
    y = torch.empty((B, T, H, D), dtype=x.dtype, device=x.device)
    grid = (B * T, triton.cdiv(H, 4))
    rotary[grid](x, cos, sin, y, T, H, D // 2, *x.stride(), BLOCK_H=4, BLOCK_D=triton.next_power_of_2(D // 2))
    return y
