"""Small modules whose kernels have more than one way."""

import torch


# kernelagent: inputs=(torch.randn(20, 48),)
class Softmax(torch.nn.Module):
    def forward(self, x):
        return x.softmax(-1)


# kernelagent: inputs=(torch.randn(20, 48),)
class RowScale(torch.nn.Module):
    def forward(self, x):
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-5)


# kernelagent: inputs=(torch.randn(20, 48),)
class Largest(torch.nn.Module):
    def forward(self, x):
        return x.amax(-1)


# kernelagent: inputs=(torch.randn(20, 48), torch.rand(20, 48) > 0.3)
class KeptSoftmax(torch.nn.Module):
    """Rows of which nothing is kept give zeros."""

    def forward(self, x, keep):
        return torch.nan_to_num(x.masked_fill(~keep, float("-inf")).softmax(-1), 0.0)
