# problem: beside_tensors::Ramp | shows: a module that takes numbers of Python's and no tensor
import torch
import triton
import triton.language as tl


@triton.jit
def ramp(y_ptr, n, step, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y_ptr + i, i * step, mask=i < n)


def kernel_function(n, step):
    y = torch.empty(n, device="cuda")
    ramp[(triton.cdiv(n, 128),)](y, n, step, BLOCK=128)
    return y
