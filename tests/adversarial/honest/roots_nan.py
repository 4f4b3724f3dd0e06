# problem: pointwise::Roots | NaN where the module has it, by tl.sqrt itself | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def roots(x, y, rows, cols, s0, s1, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    r, c = i // cols, i % cols
    v = tl.load(x + r * s0 + c * s1, mask=r < rows, other=0.0)
    tl.store(y + i, tl.sqrt(v), mask=i < rows * cols)


def kernel_function(x):
    y = torch.empty(x.shape, device=x.device, dtype=x.dtype)
    roots[(triton.cdiv(x.numel(), 64),)](x, y, x.shape[0], x.shape[1], *x.stride(), BLOCK=64)
    return y
