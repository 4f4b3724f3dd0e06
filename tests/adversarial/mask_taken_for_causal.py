# problem: masked_by_buffer::Model | tries: ignores the mask in its buffer | caught by: values: weights of either sign | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, o, s0, s1, s2, T: tl.constexpr, B: tl.constexpr):
    p = tl.program_id(0)
    r = p % T
    i = tl.arange(0, B)
    v = tl.load(x + (p // T) * s0 + r * s1 + i * s2, mask=i < T, other=0.0)
    v = tl.where(i <= r, v, float("-inf"))
    e = tl.exp(v - tl.max(v, 0))
    tl.store(o + p * T + i, e / tl.sum(e, 0), mask=i < T)


class ModelTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mask", torch.tril(torch.ones(24, 24, dtype=torch.bool)))

    def forward(self, x):
        o = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        k[(x.shape[0] * 24,)](x, o, *x.stride(), T=24, B=32)
        return o
