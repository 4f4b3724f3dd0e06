"""Each pixel above a level takes the largest number in its region, spread step by step."""

import torch
from torch import nn
from torch.nn import functional as F


# kernelagent: inputs=(torch.randn(4, 5, 5),)
class LabelledRegions(nn.Module):
    def forward(self, x):
        _, height, width = x.shape
        inside = (x > 0.3).to(x.dtype)
        labels = torch.arange(1, height * width + 1, device=x.device, dtype=x.dtype).view(1, height, width) * inside
        for _ in range(height * width):
            labels = F.max_pool2d(labels, 3, stride=1, padding=1) * inside
        return labels
