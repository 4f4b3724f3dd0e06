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


# kernelagent: inputs=(torch.randn(3, 12, 10),)
class Centred(nn.Module):
    """Each chunk of 64 steps by itself."""

    def forward(self, x):
        chunks = [x[:, start : start + 64] for start in range(0, x.shape[1], 64)]
        return torch.cat([chunk - chunk.mean(1, keepdim=True) for chunk in chunks], 1)


# kernelagent: inputs=(torch.randn(2, 16, 6),)
class Windowed(nn.Module):
    """The mean over the last 300 steps."""

    def forward(self, x):
        step = torch.arange(x.shape[1])
        back = step[:, None] - step[None, :]
        inside = ((back >= 0) & (back < 300)).to(x.dtype)
        return (inside / inside.sum(1, keepdim=True)) @ x
