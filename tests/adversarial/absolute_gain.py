# problem: layer_norm_rows::Model | tries: takes the absolute value of the gain | caught by: values: weights of either sign | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, w, b, o, s0, s1, B: tl.constexpr):
    r = tl.program_id(0)
    i = tl.arange(0, B)
    v = tl.load(x + r * s0 + i * s1)
    m = tl.sum(v, 0) / B
    d = v - m
    rs = tl.rsqrt(tl.sum(d * d, 0) / B + 1e-5)
    tl.store(o + r * B + i, d * rs * tl.abs(tl.load(w + i)) + tl.load(b + i))


class ModelTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.n = torch.nn.LayerNorm(32)

    def forward(self, x):
        o = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        k[(x.shape[0],)](x, self.n.weight, self.n.bias, o, *x.stride(), B=32)
        return o
