"""Modules whose inputs are shares of a whole, and that refuse others."""

import torch


def _counts():
    cuts = torch.rand(6, 4).mul(20).round().long().sort(-1).values
    ends = torch.cat([cuts, torch.full((6, 1), 20)], -1)
    return torch.cat([ends[:, :1], ends.diff(dim=-1)], -1)


# kernelagent: inputs=(torch.softmax(torch.randn(9, 18), 0), torch.randn(9, 18))
class Surprise(torch.nn.Module):
    """Mean surprise of each column, which is a distribution, and the values that it expects."""

    def forward(self, p, values):
        if not torch.allclose(p.sum(0), torch.ones_like(p[0]), atol=1e-3):
            raise ValueError("columns must sum to 1")
        return torch.special.entr(p).sum(0), (p * values).sum(0)


# kernelagent: inputs=(torch.randn(24, 10), torch.tensor([7, 3, 9, 5]))
class PartSums(torch.nn.Module):
    """Sums of the parts of a batch that lie one after the other."""

    def forward(self, x, lengths):
        return torch.stack([part.sum(0) for part in x.split(lengths.tolist())])


# kernelagent: inputs=(_counts(),)
class Chances(torch.nn.Module):
    """Logarithm of how likely twenty throws that fell so are, but for what is the same for all."""

    def forward(self, counts):
        if not bool((counts.sum(-1) == 20).all()):
            raise ValueError("twenty throws each")
        return torch.xlogy(counts, counts / 20).sum(-1)
