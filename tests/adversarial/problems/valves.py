import torch


# kernelagent: inputs=(torch.randn(3, 64),)
class Valve(torch.nn.Module):
    """Opens after nine readings in a row above the level, and shuts after fifteen in a row that are not."""

    def __init__(self, level=0.25):
        super().__init__()
        self.level = level

    def forward(self, x):
        high = torch.zeros_like(x[:, 0], dtype=torch.int64)
        low = high.clone()
        opened = torch.zeros_like(high, dtype=torch.bool)
        out = []
        for t in range(x.shape[1]):
            is_high = x[:, t] > self.level
            high = torch.where(is_high, high + 1, 0)
            low = torch.where(is_high, 0, low + 1)
            opened = (opened | (high >= 9)) & (low < 15)
            out.append(torch.where(opened, x[:, t], 0.0))
        return torch.stack(out, 1)
