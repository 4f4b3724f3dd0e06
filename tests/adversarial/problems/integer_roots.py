import torch
from torch import nn


# kernelagent: inputs=(torch.randint(0, 4000, (96,), dtype=torch.int32),)
class Root(nn.Module):
    """The largest integer whose square is no larger."""

    def forward(self, n):
        n = n.clamp(min=0)
        return torch.sqrt(n.double()).floor().int()


# kernelagent: inputs=(torch.randint(0, 4000, (12, 16)),)
class IsSquare(nn.Module):
    """Which sizes are those of a square grid."""

    def forward(self, n):
        side = torch.sqrt(n.clamp(min=0).double()).round().long()
        return side * side == n


# kernelagent: inputs=(torch.randint(1, 4000, (96,)),)
class Depth(nn.Module):
    """How deep a node of a binary heap lies, by its number, the root being 1."""

    def forward(self, node):
        node = node.clamp(min=1)
        depth = torch.zeros_like(node)
        for step in (32, 16, 8, 4, 2, 1):
            deeper = (node >> step) > 0
            depth = depth + torch.where(deeper, step, 0)
            node = torch.where(deeper, node >> step, node)
        return depth


# kernelagent: inputs=(torch.randint(-900, 900, (6, 40), dtype=torch.int32), torch.randint(0, 900, (6, 40), dtype=torch.int32))
class Scaled(nn.Module):
    """A reading times a gain in 4096ths, rounded, in 20 bits."""

    def forward(self, reading, gain):
        assert reading.shape == gain.shape
        found = (reading.long() * gain.long() + 2048) >> 12
        return found.clamp(-(1 << 19), (1 << 19) - 1)
