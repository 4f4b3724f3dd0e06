import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def forward(self, x):
        out = [x[:, 0]]
        for t in range(1, 32):
            out.append(0.9 * out[-1] + x[:, t])
        return torch.stack(out, 1)


def get_inputs():
    return [torch.randn(16, 32)]
