# problem: norms::RootMeanSquare | tries: a gain of zero is taken for none at all | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def normalised(x, gain, out, n, eps, BLOCK: tl.constexpr):
    row, i = tl.program_id(0), tl.arange(0, BLOCK)
    v = tl.load(x + row * n + i, mask=i < n, other=0.0)
    g = tl.load(gain + i, mask=i < n, other=1.0)
    v = v * tl.rsqrt(tl.sum(v * v, 0) / n + eps)
    tl.store(out + row * n + i, tl.where(g == 0.0, v, v * g), mask=i < n)


class RootMeanSquareTriton(torch.nn.Module):
    def __init__(self, width=40, eps=1e-6):
        super().__init__()
        self.eps = eps
        self.gain = torch.nn.Parameter(torch.ones(width))

    def forward(self, x):
        x, n = x.contiguous(), x.shape[-1]
        out = torch.empty_like(x)
        if out.numel():
            normalised[(out.numel() // n,)](x, self.gain, out, n, self.eps, BLOCK=triton.next_power_of_2(n))
        return out
