"""A ring buffer whose size is a buffer too."""

import torch
from torch import nn



# kernelagent: inputs=(torch.randn(4, 16),)
class Ring(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("buf", torch.zeros(64, 16))
        self.register_buffer("pos", torch.zeros((), dtype=torch.long))
        self.register_buffer("size", torch.tensor(64))
    def forward(self, x):
        row = x.mean(0)
        hot = (torch.arange(64) == self.pos % self.size).unsqueeze(1)
        self.buf.copy_(torch.where(hot, row, self.buf))
        self.pos.add_(1)
        return x - self.buf.mean(0)
