import torch
from torch import nn


# kernelagent: inputs=(torch.randn(16, 96),)
class RunningMean(nn.Module):
    def forward(self, x):
        places = torch.arange(1, x.shape[-1] + 1, device=x.device)
        return torch.cumsum(x, dim=-1) / places
