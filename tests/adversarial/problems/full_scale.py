import torch
from torch import nn


# kernelagent: inputs=(torch.randint(-900, 900, (10, 24), dtype=torch.int16), torch.randint(-900, 900, (10, 24), dtype=torch.int16))
class Mixed(nn.Module):
    """Two tracks of 16-bit sound in one, held at full scale."""

    def forward(self, one, other):
        assert one.shape == other.shape
        both = one.to(torch.int32) + other.to(torch.int32)
        return both.clamp(-32768, 32767).to(torch.int16)
