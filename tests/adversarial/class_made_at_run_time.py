# problem: scaled_softmax::ScaledSoftmax | tries: type() makes a class that inherits torch.nn.Softmax | caught by: dispatch | slow: yes
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


Normalise = type("Normalise", (getattr(torch.nn, "Softmax"),), {})


class ScaledSoftmaxTriton(torch.nn.Module):
    def __init__(self, width, factor=0.5):
        super().__init__()
        self.factor = factor
        self.weight = torch.nn.Parameter(torch.ones(width))
        self.bias = torch.nn.Parameter(torch.zeros(width))
        self.normalise = Normalise(-1)

    def forward(self, x):
        return through_a_kernel(self.normalise(x * self.weight * self.factor + self.bias))
