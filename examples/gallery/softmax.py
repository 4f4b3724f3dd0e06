import torch
from torch import nn


# kernelagent: inputs=(torch.randn(64, 256),)
class Softmax(nn.Module):
    def forward(self, x):
        return torch.softmax(x * 0.125, dim=-1)
