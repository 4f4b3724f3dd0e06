"""Dropout of two inputs, in training: each with a mask of its own, or both with one."""

import torch


# kernelagent: inputs=(torch.randn(16, 40), torch.randn(16, 40))
class Apart(torch.nn.Module):
    def forward(self, q, k):
        return torch.dropout(q, 0.5, True), torch.dropout(k, 0.5, True)


# kernelagent: inputs=(torch.randn(16, 40), torch.randn(16, 40))
class Together(torch.nn.Module):
    def forward(self, q, k):
        kept = torch.dropout(torch.ones_like(q), 0.5, True)
        return q * kept, k * kept


# kernelagent: inputs=(torch.randn(16, 40),)
class OneAfterTheOther(torch.nn.Module):
    def forward(self, x):
        return torch.dropout(torch.dropout(x, 0.5, True).sum(1, keepdim=True).expand_as(x), 0.5, True)
