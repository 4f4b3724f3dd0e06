import torch


# kernelagent: inputs=(torch.randn(5, 32),)
class Clipped(torch.nn.Module):
    """The example leads with a size that the judge tries by itself."""

    def forward(self, x):
        return x * 0.5 if x.abs().max() > 2 else x * 2


# kernelagent: inputs=(torch.randn(6, 12),)
class FirstRows(torch.nn.Module):
    """How many rows come back is counted in the data."""

    def forward(self, x):
        return x[: int((x[:, 0] > 0).sum())] * 2


# kernelagent: inputs=(torch.randn(4, 12),)
class OneOrTwo(torch.nn.Module):
    """How many results come back is decided by the data."""

    def forward(self, x):
        return (x * 2, x[0] * 3) if x[0, 0] > 0 else (x * 2,)
