import torch
from torch import nn
from torch.nn import functional as F


# kernelagent: inputs=(torch.randn(8, 32),)
class SwiGlu(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.RMSNorm(32, eps=1e-6)
        self.gate = nn.Linear(32, 64, bias=False)
        self.up = nn.Linear(32, 64, bias=False)

    def forward(self, x):
        x = self.norm(x)
        return F.silu(self.gate(x)) * self.up(x)
