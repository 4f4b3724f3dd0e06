import torch
from torch import nn


# kernelagent: inputs=(torch.randn(6, 64),)
class FourBits(nn.Module):
    """Each block of 32 rounded to the eight magnitudes of four bits, by a scale that is a power of two."""

    def forward(self, x):
        assert x.shape[1] % 32 == 0
        blocks = x.reshape(x.shape[0], -1, 32)
        top = blocks.abs().amax(-1, keepdim=True).clamp(min=2.0**-100)
        scale = torch.exp2(torch.floor(torch.log2(top)) - 2.0)
        m = (blocks / scale).abs()
        q = torch.where(m <= 0.25, 0.0, torch.where(m < 0.75, 0.5, torch.where(m <= 1.25, 1.0, 1.5)))
        q = torch.where(m >= 1.75, torch.where(m <= 2.5, 2.0, torch.where(m < 3.5, 3.0, 4.0)), q)
        q = torch.where(m > 5.0, 6.0, q)
        return (torch.sign(blocks) * q * scale).reshape(x.shape)


# kernelagent: inputs=(torch.randn(6, 64),)
class FourBitsByStep(nn.Module):
    """The same by the step at each number's own power of two, halves to even."""

    def forward(self, x):
        assert x.shape[1] % 32 == 0
        blocks = x.reshape(x.shape[0], -1, 32)
        top = blocks.abs().amax(-1, keepdim=True).clamp(min=2.0**-100)
        scale = torch.exp2(torch.floor(torch.log2(top)) - 2.0)
        q = blocks / scale
        step = torch.exp2(torch.floor(torch.log2(q.abs().clamp(min=1.0))) - 1.0)
        return ((torch.round(q / step) * step).clamp(-6.0, 6.0) * scale).reshape(x.shape)
