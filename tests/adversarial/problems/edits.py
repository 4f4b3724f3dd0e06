"""Edits that make one row of tokens of the other, by Levenshtein."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randint(0, 6, (2, 9)), torch.randint(0, 6, (2, 9)))
class Edits(nn.Module):
    def forward(self, a, b):
        n, m = a.shape[1], b.shape[1]
        differ = (a[:, :, None] != b[:, None, :]).long()
        row = torch.arange(m + 1, device=a.device).expand(a.shape[0], m + 1)
        for i in range(n):
            left = torch.full_like(row[:, 0], i + 1)
            cells = [left]
            for j in range(m):
                left = torch.minimum(torch.minimum(row[:, j + 1], left) + 1, row[:, j] + differ[:, i, j])
                cells.append(left)
            row = torch.stack(cells, dim=1)
        return row[:, -1]
