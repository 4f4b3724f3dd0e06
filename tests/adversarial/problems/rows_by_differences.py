import torch
import torch.nn.functional as F
from torch import nn


# kernelagent: inputs=(torch.randn(40, 6),), init=(4,)
class LastRowsMean(nn.Module):
    """Mean of each row and the few before it, by differences of sums from the first, in float64."""

    def __init__(self, count: int = 4) -> None:
        super().__init__()
        self.count = count

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        ends = torch.arange(1, x.shape[0] + 1, device=x.device)
        starts = (ends - self.count).clamp(min=0)
        sums = F.pad(x.double().cumsum(0), (0, 0, 1, 0))
        return ((sums[ends] - sums[starts]) / (ends - starts)[:, None]).to(x.dtype)
