"""Elements that are taken by place, or counted."""

import torch
from torch import nn



# kernelagent: inputs=(torch.randn(9, 64),)
# kernelagent: static
class Rolled(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(64))
    def forward(self, x):
        return torch.roll(x, 1, dims=-1) * self.w



# kernelagent: inputs=(torch.randint(0, 100, (500,)),)
class Counted(nn.Module):
    def forward(self, x):
        x = x.clamp(0, 16)
        x = torch.where(x == 16, 15, x)
        return (x.unsqueeze(0) == torch.arange(16).unsqueeze(1)).sum(1).to(torch.int32)
