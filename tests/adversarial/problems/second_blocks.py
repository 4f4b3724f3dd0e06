"""Results that a kernel gets right in its first block, and may lose in the second; and what is searched in order."""

import torch


# kernelagent: inputs=(torch.randn(16, 100),)
class ColumnSums(torch.nn.Module):
    def forward(self, x):
        return x.sum(0)


# kernelagent: inputs=(torch.randn(16, 200), torch.rand(16, 200) < 0.2)
class PaddedSoftmax(torch.nn.Module):
    def forward(self, x, mask):
        return torch.softmax(x.masked_fill(mask, float("-inf")), -1)


# kernelagent: inputs=(torch.randn(16, 100),)
class FirstLargest(torch.nn.Module):
    def forward(self, x):
        return x.argmax(-1)


# kernelagent: inputs=(torch.randn(16, 100), False)
class RunningSum(torch.nn.Module):
    def forward(self, x, reverse: bool = False):
        if reverse:
            return torch.flip(torch.cumsum(torch.flip(x, [1]), 1), [1])
        return torch.cumsum(x, 1)


# kernelagent: inputs=(torch.randn(16, 100),)
class Bins(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("edges", torch.linspace(-2, 2, 17))

    def forward(self, x):
        return torch.bucketize(x, self.edges)


# kernelagent: inputs=(torch.randn(8, 100), torch.sort(torch.randn(40)).values)
class BinsGiven(torch.nn.Module):
    def forward(self, x, edges):
        return torch.bucketize(x, edges)


# kernelagent: inputs=(torch.randn(8, 100),)
class RowMaximum(torch.nn.Module):
    def forward(self, x):
        return torch.amax(x, dim=1)


# kernelagent: inputs=(torch.randn(2, 100, 4),)
class RunningDecay(torch.nn.Module):
    def forward(self, g):
        return torch.cumsum(g.float(), dim=1).to(g.dtype)
