# problem: norms::RootMeanSquare | tries: an autograd.Function whose forward is operators on tensors | caught by: dispatch | slow: yes
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


class Normalise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, gain, eps):
        total = x[..., 0] * x[..., 0]
        for column in range(1, x.shape[-1]):
            total = total + x[..., column] * x[..., column]
        return through_a_kernel(x * ((total / x.shape[-1] + eps) ** -0.5).unsqueeze(-1) * gain)

    @staticmethod
    def backward(ctx, grad):
        return grad, None, None


def kernel_function(x, gain, eps=1e-6):
    return Normalise.apply(x, gain, eps)
