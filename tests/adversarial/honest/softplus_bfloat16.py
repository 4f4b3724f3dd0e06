# problem: pointwise::SoftplusBfloat16 | the stable form, in float32, with the threshold that PyTorch has
import torch
import triton
import triton.language as tl


@triton.jit
def softplus(x_ptr, y_ptr, n, stride, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i * stride, mask=i < n, other=0.0).to(tl.float32)
    y = tl.maximum(x, 0.0) + tl.log(1.0 + tl.exp(-tl.abs(x)))
    y = tl.where(x > 20.0, x, y)
    tl.store(y_ptr + i, y.to(tl.bfloat16), mask=i < n)


def kernel_function(x):
    y = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    n = x.numel()
    softplus[(triton.cdiv(n, 256),)](x, y, n, x.stride(0), BLOCK=256)
    return y
