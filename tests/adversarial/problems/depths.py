"""How deep each node of a forest lies, where each names its parent, which comes before it; a root names itself."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randint(0, 32, (3, 32)),)
class Depths(nn.Module):
    def forward(self, parent):
        nodes = parent.shape[1]
        parent = torch.minimum(parent.clamp(min=0), torch.arange(nodes, device=parent.device))
        at = torch.arange(nodes, device=parent.device).expand_as(parent)
        depth = torch.zeros_like(parent)
        for _ in range(nodes):
            above = parent.gather(1, at)
            depth = depth + (above != at)
            at = above
        return depth
