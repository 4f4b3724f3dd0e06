import torch
import torch.nn.functional as F


# kernelagent: inputs=(torch.randn(5, 12),)
class LeastThree(torch.nn.Module):
    """The places of the three least of each row, in any order, and their total."""

    def forward(self, x):
        least, places = torch.topk(x, 3, largest=False, sorted=False)
        return places, least.sum(-1)


# kernelagent: inputs=(torch.randn(2, 3, 6), F.max_pool1d(torch.randn(2, 3, 18), 3, return_indices=True)[1])
class SpreadOut(torch.nn.Module):
    """Peaks back to where they were, twice as high."""

    def forward(self, x, places):
        return F.max_unpool1d(2.0 * x, places, 3)
