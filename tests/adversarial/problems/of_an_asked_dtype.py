"""A result in the dtype that the caller asks for."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randn(5, 9), torch.float16)
class Scaled(nn.Module):
    def forward(self, x, dtype: torch.dtype):
        return (x * 1.5).to(dtype)
