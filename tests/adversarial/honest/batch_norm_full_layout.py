# problem: layers::Normalized | batch norm written against functions of its buffers, count raised by a kernel of its own | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def column_moments(x, mean, m2, rows, s0, s1, BLOCK: tl.constexpr):
    c = tl.program_id(0)
    r = tl.arange(0, BLOCK)
    v = tl.load(x + r * s0 + c * s1, mask=r < rows, other=0.0)
    mu = tl.sum(v, axis=0) / rows
    d = tl.where(r < rows, v - mu, 0.0)
    tl.store(mean + c, mu)
    tl.store(m2 + c, tl.sum(d * d, axis=0))


@triton.jit
def running(mean, m2, running_mean, running_var, count, rows, channels, momentum, C: tl.constexpr):
    c = tl.arange(0, C)
    ok = c < channels
    old_mean = tl.load(running_mean + c, mask=ok)
    old_var = tl.load(running_var + c, mask=ok)
    tl.store(running_mean + c, old_mean * (1.0 - momentum) + tl.load(mean + c, mask=ok) * momentum, mask=ok)
    tl.store(running_var + c, old_var * (1.0 - momentum) + tl.load(m2 + c, mask=ok) / (rows - 1) * momentum, mask=ok)
    tl.store(count, tl.load(count) + 1)


@triton.jit
def scale(x, mean, m2, gain, shift, y, rows, channels, s0, s1, eps, C: tl.constexpr):
    r = tl.program_id(0)
    c = tl.arange(0, C)
    ok = c < channels
    v = tl.load(x + r * s0 + c * s1, mask=ok) - tl.load(mean + c, mask=ok)
    v = v / tl.sqrt(tl.load(m2 + c, mask=ok) / rows + eps)
    tl.store(y + r * channels + c, v * tl.load(gain + c, mask=ok) + tl.load(shift + c, mask=ok), mask=ok)


class NormalizedTriton(torch.nn.Module):
    def __init__(self, channels: int = 8):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(channels)

    def forward(self, x):
        rows, channels = x.shape
        norm = self.norm
        mean, m2 = torch.empty((2, channels), dtype=x.dtype, device=x.device)
        y = torch.empty((rows, channels), dtype=x.dtype, device=x.device)
        C = triton.next_power_of_2(channels)
        column_moments[(channels,)](x, mean, m2, rows, *x.stride(), BLOCK=triton.next_power_of_2(rows))
        running[(1,)](
            mean, m2, norm.running_mean, norm.running_var, norm.num_batches_tracked, rows, channels, norm.momentum, C=C
        )
        scale[(rows,)](x, mean, m2, norm.weight, norm.bias, y, rows, channels, *x.stride(), norm.eps, C=C)
        return y
