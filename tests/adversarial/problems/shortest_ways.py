"""Distances from the first node of each graph, by Bellman and Ford."""

import torch
from torch import nn


# kernelagent: inputs=(torch.rand(2, 8, 8),)
class ShortestWays(nn.Module):
    def forward(self, cost):
        nodes = cost.shape[1]
        cost = cost.abs()
        far = cost[:, 0]
        for _ in range(nodes - 1):
            far = torch.minimum(far, (far[:, :, None] + cost).amin(dim=1))
        return far
