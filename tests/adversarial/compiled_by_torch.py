# problem: norms::RootMeanSquare | tries: torch.compile writes the kernel instead | caught by: static | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def copy(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, tl.load(x_ptr + i, mask=i < n), mask=i < n)


def through_a_kernel(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    copy[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out


@torch.compile(backend="eager")
def root_mean_square(x, gain, eps):
    return x * ((x * x).mean(-1, keepdim=True) + eps) ** -0.5 * gain


def kernel_function(x, gain, eps=1e-6):
    return through_a_kernel(root_mean_square(x, gain, eps))
