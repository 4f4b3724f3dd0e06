"""A large vocabulary, a row of any length."""

import torch
from torch import nn



# kernelagent: inputs=(torch.randint(0, 3000, (4, 12)),)
class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Parameter(torch.randn(3000, 8))
    def forward(self, ids):
        keep = (ids != 1).to(self.e.dtype).unsqueeze(-1)
        return (self.e[ids] * keep).sum(1) / keep.sum(1).clamp(min=1.0)
