# problem: named_parts::Block | modules named norm and softmax, a registry of launches, the module itself beside them | slow: yes
import math

import torch
import triton
import triton.language as tl
from torch import nn
from torch.autograd import Function
from torch.nn.parameter import Parameter

LAUNCHES = {}


def launch(name):
    def register(function):
        LAUNCHES[name] = function
        return function

    return register


@triton.jit
def norm_kernel(output, input, weight, bias, F, eps, BLOCK: tl.constexpr):
    id = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    inside = column < F
    x = tl.load(input + id * F + column, mask=inside, other=0.0)
    centred = tl.where(inside, x - tl.sum(x, 0) / F, 0.0)
    scale = 1.0 / tl.sqrt(tl.sum(centred * centred, 0) / F + eps)
    w = tl.load(weight + column, mask=inside)
    b = tl.load(bias + column, mask=inside)
    tl.store(output + id * F + column, centred * scale * w + b, mask=inside)


@triton.jit
def softmax_kernel(output, input, F, BLOCK: tl.constexpr):
    id = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    inside = column < F
    x = tl.load(input + id * F + column, mask=inside, other=float("-inf"))
    e = tl.exp(x - tl.max(x, 0))
    tl.store(output + id * F + column, e / tl.sum(e, 0), mask=inside)


@launch("norm")
def normalized(x, weight, bias, eps):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        width = x.shape[-1]
        norm_kernel[(x.numel() // width,)](out, x, weight, bias, width, eps, BLOCK=triton.next_power_of_2(width))
    return out


@launch("softmax")
def softened(x):
    out = torch.empty_like(x)
    if x.numel():
        width = x.shape[-1]
        softmax_kernel[(math.prod(x.shape[:-1]),)](out, x, width, BLOCK=triton.next_power_of_2(width))
    return out


class Softened(Function):
    @staticmethod
    def forward(ctx, x):
        y = LAUNCHES["softmax"](x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.saved_tensors
        return y * (grad - (y * grad).sum(-1, keepdim=True))


class Norm(nn.Module):
    def __init__(self, width, eps=1e-5):
        super().__init__()
        self.weight = Parameter(torch.ones(width))
        self.bias = Parameter(torch.zeros(width))
        self.eps = eps

    def forward(self, x):
        return LAUNCHES["norm"](x, self.weight, self.bias, self.eps)


class Softmax(nn.Module):
    def forward(self, x):
        return Softened.apply(x)


class BlockTriton(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = Norm(width)
        self.softmax = Softmax()

    def forward(self, x):
        return self.softmax(self.norm(x))


class Block(nn.Module):
    """What it was made from."""

    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.softmax = nn.Softmax(-1)

    def forward(self, x):
        return self.softmax(self.norm(x))


if __name__ == "__main__":
    ours, theirs = BlockTriton(24), Block(24)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(5, 24)
    print(torch.allclose(ours(x), theirs(x), atol=1e-6))
