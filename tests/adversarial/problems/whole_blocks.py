"""Modules whose kernels go the quick way where a size is a multiple of their blocks."""

import torch


# kernelagent: inputs=(torch.randn(37, 130), torch.randn(130))
class DividedByColumns(torch.nn.Module):
    def forward(self, x, weight):
        return x / (1.0 + torch.abs(weight))


# kernelagent: inputs=(torch.randn(37, 130),)
class LogSoftmax(torch.nn.Module):
    def forward(self, x):
        return torch.log_softmax(x, -1)


# kernelagent: inputs=(torch.randn(37, 130),)
class RunningSum(torch.nn.Module):
    def forward(self, x):
        return torch.cumsum(x, -1)


# kernelagent: inputs=(torch.randn(40, 50), torch.randn(50, 40))
class Product(torch.nn.Module):
    def forward(self, left, right):
        return left @ right
