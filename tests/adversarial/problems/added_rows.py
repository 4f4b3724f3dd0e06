import torch
from torch import nn


# kernelagent: inputs=(torch.randn(37, 24), torch.randint(0, 37, (150,)), torch.randn(150, 24))
class Added(nn.Module):
    def forward(self, base, places, rows):
        return base.index_add(0, places, rows, alpha=0.5)


# kernelagent: inputs=(torch.randint(0, 37, (150,)), torch.randn(150, 24)), init=(37,)
class PutTogether(nn.Module):
    """``index_put`` would spread one row over all places; the example has a row for each."""

    def __init__(self, count):
        super().__init__()
        self.count = count

    def forward(self, places, rows):
        out = rows.new_zeros(self.count, rows.shape[1])
        return out.index_put((places,), rows, accumulate=True)
