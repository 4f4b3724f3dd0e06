# problem: affine_plain::Model | descriptors made by the wrapper | slow: yes
import torch
import triton
import triton.language as tl
from triton.tools.tensor_descriptor import TensorDescriptor


@triton.jit
def k(d, e, B: tl.constexpr):
    i = tl.program_id(0) * B
    j = tl.program_id(1) * B
    e.store([i, j], d.load([i, j]) * 2 + 1)


@triton.jit
def flat(x, o, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(o + i, tl.load(x + i, mask=i < n) * 2 + 1, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    o = torch.empty_like(x)
    M, N = x.shape
    if N % 4 == 0 and x.numel() and x.data_ptr() % 16 == 0 and o.data_ptr() % 16 == 0:
        k[(triton.cdiv(M, 16), triton.cdiv(N, 16))](
            TensorDescriptor.from_tensor(x, [16, 16]), TensorDescriptor.from_tensor(o, [16, 16]), B=16
        )
    else:
        flat[(triton.cdiv(x.numel(), 128),)](x, o, x.numel(), B=128)
    return o
