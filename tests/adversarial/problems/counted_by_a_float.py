import torch
from torch import nn


class LeadingShare(nn.Module):
    def __init__(self, share=0.29):
        super().__init__()
        self.share = share

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        count = 1 + int(x.shape[1] * self.share)
        return x[:, :count].sum(dim=1)


def get_inputs():
    return [torch.randn(6, 48)]


def get_init_inputs():
    return [0.29]
