# problem: layers::TanhScaled | a kernel behind an operator of its own, made by triton_op and called by its registered name | slow: yes
import torch
import triton
import triton.language as tl
from torch.library import triton_op, wrap_triton


@triton.jit
def tanh_scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0)
    small = tl.exp(-2.0 * tl.abs(x))
    positive = (1.0 - small) / (1.0 + small)
    tl.store(out_ptr + i, tl.where(x < 0, -positive, positive) * 3.0, mask=i < n)


@triton_op("corpus::tanh_times_three", mutates_args={})
def scaled_tanh(x: torch.Tensor) -> torch.Tensor:
    x = x.contiguous()
    out = torch.empty_like(x)
    n = x.numel()
    if n:
        wrap_triton(tanh_scaled)[(triton.cdiv(n, 1024),)](x, out, n, BLOCK=1024)
    return out


def kernel_function(x):
    return torch.ops.corpus.tanh_times_three(x)
