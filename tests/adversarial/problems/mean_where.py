import torch
from torch import nn
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.pos = nn.Parameter(torch.randn(20, 16))
    def forward(self, x, m):
        m = m.unsqueeze(-1).to(x.dtype)
        return ((x + self.pos) * m).sum(1) / m.sum(1).clamp(min=1.0)


def get_inputs():
    return [torch.randn(6, 20, 16), torch.rand(6, 20) > 0.3]


def get_init_inputs():
    return []
