import torch
from torch import nn


# kernelagent: inputs=(torch.randint(-900, 900, (96, 2), dtype=torch.int32), torch.randint(1, 900, (5,), dtype=torch.int32))
class Fenced(nn.Module):
    """Which points lie within which of several distances, all in millimetres."""

    def forward(self, points, reach):
        assert points.shape[1] == 2
        far = points.long().square().sum(1)
        wide = reach.long()
        return far[:, None] <= wide * wide


# kernelagent: inputs=(torch.randint(-9000, 9000, (80, 2), dtype=torch.int32),)
class InTheYard(nn.Module):
    """Which points lie within 20 metres of a mast, in millimetres."""

    def forward(self, points):
        assert points.shape[1] == 2
        away = points.double() - torch.tensor([1200.0, -700.0], dtype=torch.float64)
        return away.square().sum(1) <= 20000.0**2
