"""Sums, extremes, scans and sorts."""

import torch


# kernelagent: inputs=(torch.randn(9, 100),)
class LogSumExp(torch.nn.Module):
    def forward(self, x):
        return torch.logsumexp(x, dim=-1)


# kernelagent: inputs=(torch.randn(5, 37, 12),)
class MiddleMean(torch.nn.Module):
    """Over a dimension that is not the last."""

    def forward(self, x):
        return x.mean(dim=1)


# kernelagent: inputs=(torch.randn(8, 64),)
class Spread(torch.nn.Module):
    def forward(self, x):
        return torch.var_mean(x, dim=-1)


# kernelagent: inputs=(torch.randn(6, 77),)
class RunningSum(torch.nn.Module):
    def forward(self, x):
        return torch.cumsum(x, dim=-1)


# kernelagent: inputs=(torch.rand(6, 45) + 0.5,)
class RunningMaximum(torch.nn.Module):
    def forward(self, x):
        return torch.cummax(x, dim=-1).values


# kernelagent: inputs=(torch.randn(5, 32),)
class Sorted(torch.nn.Module):
    def forward(self, x):
        return torch.sort(x, dim=-1, descending=True).values


# kernelagent: inputs=(torch.randn(7, 60),)
class Largest(torch.nn.Module):
    """Value and place."""

    def forward(self, x):
        return x.max(dim=-1)


# kernelagent: inputs=(torch.randn(4000), torch.randn(4000))
class MeanSquaredError(torch.nn.Module):
    def forward(self, prediction, target):
        return torch.nn.functional.mse_loss(prediction, target)


# kernelagent: inputs=(torch.randn(40, 6), torch.randint(0, 10, (40,)))
class SegmentSum(torch.nn.Module):
    """Rows summed by the segment that they belong to."""

    def __init__(self, segments: int = 10) -> None:
        super().__init__()
        self.segments = segments

    def forward(self, x, segment):
        return x.new_zeros(self.segments, x.shape[1]).index_add(0, segment, x)


# kernelagent: inputs=(torch.randn(3, 4, 11, 13),)
class Pooled(torch.nn.Module):
    def forward(self, x):
        return torch.nn.functional.max_pool2d(x, 2, stride=2)


# kernelagent: inputs=(torch.randn(6, 1000, dtype=torch.float16),)
class RowMeanHalf(torch.nn.Module):
    def forward(self, x):
        return x.mean(-1)


# kernelagent: inputs=(torch.rand(5, 14) * 0.4 + 0.8,)
class RowProduct(torch.nn.Module):
    def forward(self, x):
        return x.prod(-1)


# kernelagent: inputs=(torch.randn(6, 50, dtype=torch.float64),)
class SoftmaxDouble(torch.nn.Module):
    def forward(self, x):
        return torch.softmax(x, dim=-1)


# kernelagent: inputs=(torch.randn(6, 40),)
class Leading(torch.nn.Module):
    """The three largest of each row and their places; of equal ones PyTorch promises no order."""

    def forward(self, x):
        return torch.topk(x, 3, dim=-1)
