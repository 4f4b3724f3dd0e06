"""Modules that factorize small square matrices."""

import torch


# kernelagent: inputs=(torch.randn(10, 9),)
class Volumes(torch.nn.Module):
    """Of boxes that are spanned by three vectors each, which lie one after the other."""

    def forward(self, spans):
        return torch.linalg.det(spans.reshape(-1, 3, 3))


# kernelagent: inputs=(torch.randn(6, 4, 4), torch.randn(6, 4))
class Systems(torch.nn.Module):
    def forward(self, a, b):
        if a.shape[1:] != (4, 4):
            raise ValueError("four equations each")
        return torch.linalg.solve(a, b[..., None]).squeeze(-1)
