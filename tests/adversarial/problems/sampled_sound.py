import torch
from torch import nn


# kernelagent: inputs=(torch.randint(-1500, 1500, (12, 48), dtype=torch.int16),)
class Envelope(nn.Module):
    """How loud each frame of 16-bit sound is, on average, in 8ths of a step and up to 400."""

    def forward(self, sound):
        return (sound.to(torch.int32).abs() >> 3).float().mean(-1).clamp(max=400.0)


# kernelagent: inputs=(torch.randint(-1500, 1500, (12, 48), dtype=torch.int16),)
class Peaks(nn.Module):
    """How far each frame of 16-bit sound goes beyond what it is let pass, in 16ths of a step, up to a full scale."""

    def forward(self, sound):
        over = (sound.to(torch.int32).abs() - 2000).clamp(min=0) >> 4
        return over.sum(-1).clamp(max=900)


# kernelagent: inputs=(torch.randint(0, 40, (10, 40), dtype=torch.uint8),)
class Lit(nn.Module):
    """How bright the rows of an image of bytes are when lit by half, up to 100."""

    def forward(self, image):
        return ((image.to(torch.int32) * 3) >> 1).float().mean(-1).clamp(max=100.0)
