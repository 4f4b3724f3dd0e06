"""What is sorted is computed first."""

import torch
from torch import nn



# kernelagent: inputs=(torch.randn(9, 64),)
class SortedSums(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(64))
    def forward(self, x):
        y = x + self.w
        return torch.topk(y, 4, dim=-1).values, torch.sort(y, dim=-1).values
