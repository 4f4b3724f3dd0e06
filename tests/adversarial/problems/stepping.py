import torch
from torch import nn


# kernelagent: inputs=(torch.randn(2, 9, 12), torch.randn(2, 9, 12))
class Steps(nn.Module):
    """A recurrence that is written out, for any number of steps."""

    def forward(self, gate, x):
        state = torch.zeros_like(x[:, 0])
        found = []
        for step in range(x.shape[1]):
            state = torch.sigmoid(gate[:, step]) * state + x[:, step]
            found.append(state)
        return torch.stack(found, 1)


# kernelagent: inputs=(torch.randn(6, 20),)
class Wide(nn.Module):
    """Decides by its values, and takes rows of any width."""

    def forward(self, x):
        if x.abs().max() > 3:
            x = x * 0.5
        return torch.softmax(x, -1)
