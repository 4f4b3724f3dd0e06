import torch
from torch import nn


# kernelagent: inputs=(torch.randint(0, 90, (4, 60), dtype=torch.int32),)
class LastOfTheLargest(nn.Module):
    """The largest score of each row, and the last column that has it."""

    def forward(self, scores: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        most = scores.amax(1, keepdim=True)
        columns = torch.arange(scores.shape[1], device=scores.device)
        return most[:, 0], torch.where(scores == most, columns, -1).amax(1)
