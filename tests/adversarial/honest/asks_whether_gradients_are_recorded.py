# problem: asked_mode::Rounded | asks what the module asks, and does what that does either way | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def double_kernel(x_ptr, out_ptr, n, IS_ROUNDED: tl.constexpr, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < n
    doubled = tl.load(x_ptr + at, mask=inside) * 2
    if IS_ROUNDED:
        below = tl.floor(doubled)
        part = doubled - below
        is_odd = below - 2 * tl.floor(below / 2) == 1
        up = (part > 0.5) | ((part == 0.5) & is_odd)
        doubled = tl.where(up, below + 1, below)
        doubled = tl.where(doubled - doubled == 0, doubled, tl.load(x_ptr + at, mask=inside) * 2)
    tl.store(out_ptr + at, doubled, mask=inside)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if out.numel():
        double_kernel[(triton.cdiv(out.numel(), 64),)](x, out, out.numel(), not torch.is_grad_enabled(), BLOCK=64)
    return out
