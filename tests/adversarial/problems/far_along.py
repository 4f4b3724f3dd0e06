import torch


# kernelagent: inputs=(torch.randn(3, 40),)
class DimmedFarAlong(torch.nn.Module):
    """Each stretch of 320 steps counts less than the one before it."""

    def __init__(self, stretch: float = 320.0):
        super().__init__()
        self.stretch = stretch

    def forward(self, x):
        step = torch.arange(x.shape[1], device=x.device, dtype=torch.float32)
        return x / (1.0 + torch.floor(step / self.stretch))


# kernelagent: inputs=(torch.randn(3, 40),)
class MeanOfASample(torch.nn.Module):
    """The mean of every k-th element; k grows with the row."""

    def __init__(self, rate: float = 0.004):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        every = max(1, round(x.shape[1] * self.rate))
        return x[:, ::every].mean(1)
