"""Times in whole seconds, of which only differences count."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randint(0, 4000, (4, 20)), torch.randint(0, 4000, (4, 20)))
class Waits(nn.Module):
    """How soon something ended after it began, a minute being a half."""

    def forward(self, began, ended):
        wait = (ended - began).abs()
        return 1.0 / (1.0 + wait.to(torch.float32) / 60.0)
