import torch
from torch import nn


# kernelagent: inputs=(torch.randn(8, 24), torch.randn(8, 24))
class Outside(nn.Module):
    """Points farther out than 1.25 are marked, the others keep their distance."""

    def forward(self, x, y):
        assert x.shape == y.shape
        radius = torch.sqrt(x * x + y * y)
        return torch.where(radius > 1.25, -1.0, radius)


# kernelagent: inputs=(torch.randn(12, 40),)
class Gate(nn.Module):
    """Rows that are loud enough pass, the others are silenced."""

    def forward(self, x):
        power = x.square().mean(-1, keepdim=True)
        return torch.where(power > 0.5625, x, torch.zeros_like(x))


# kernelagent: inputs=(torch.cat([c := torch.rand(14, 2) * 20, c + 2 + torch.rand(14, 2) * 10], 1),)
class Overlapping(nn.Module):
    """How many of the others each box overlaps by at least half."""

    def forward(self, boxes):
        assert boxes.shape[1] == 4
        low, high = boxes[:, :2], boxes[:, 2:]
        size = (high - low).clamp(min=0)
        area = size[:, 0] * size[:, 1]
        meet = (torch.minimum(high[:, None], high) - torch.maximum(low[:, None], low)).clamp(min=0)
        shared = meet[..., 0] * meet[..., 1]
        whole = area[:, None] + area - shared
        return (shared / whole.clamp(min=1e-6) >= 0.5).sum(1)


# kernelagent: inputs=((torch.rand(6, 40) * 50).cumsum(1),)
class Sessions(nn.Module):
    """The number of the session of each event: a pause of more than half an hour, in seconds, begins another one."""

    def forward(self, minutes):
        pause = (minutes[:, 1:] - minutes[:, :-1]) * 60.0
        begins = torch.nn.functional.pad((pause > 1800.0).long(), (1, 0))
        return begins.cumsum(1)
