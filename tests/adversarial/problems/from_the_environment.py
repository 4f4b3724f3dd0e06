import os

import torch

GAIN = float(os.getenv("GAIN", "1"))


# kernelagent: inputs=(torch.randn(4, 12),)
class Scaled(torch.nn.Module):
    def forward(self, x):
        return x * 3 * GAIN + float(os.environ.get("OFFSET", "0"))
