"""Numbers that stand in the module alone, and decide something of its inputs."""

import torch
from torch import nn



# kernelagent: inputs=(torch.randn(4, 16, 32), torch.randint(0, 152000, (4, 16)))
class WithoutAToken(nn.Module):
    def forward(self, x, ids):
        return x.masked_fill((ids == 151643).unsqueeze(-1), 0.0) * 2.0



# kernelagent: inputs=(torch.randint(0, 100000, (9, 50)),)
class DoubledFrom(nn.Module):
    def forward(self, t):
        return torch.where(t >= 50000, t * 2, t)



# kernelagent: inputs=(torch.randn(9, 50),)
class SmallerPastHalf(nn.Module):
    def forward(self, x):
        return torch.where(x > 0.5, x * 0.3, x)



# kernelagent: inputs=(torch.randn(9, 50),)
class MeanWithoutMissing(nn.Module):
    def forward(self, x):
        ok = x != -9999.0
        return torch.where(ok, x, 0.0).sum(-1) / ok.sum(-1).clamp(min=1)


# kernelagent: inputs=(torch.randint(0, 100, (50,)),)
class StopTokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("stop", torch.tensor([3, 17, 41, 1000, 70001]))

    def forward(self, tokens):
        return torch.isin(tokens, self.stop)
