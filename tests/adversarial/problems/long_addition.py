"""Sums of long numbers of 16 bits a digit, the least digit first; what is carried out of the last is dropped."""

import torch
from torch import nn


# kernelagent: inputs=(torch.randint(0, 65536, (3, 12)), torch.randint(0, 65536, (3, 12)))
class LongAddition(nn.Module):
    def forward(self, a, b):
        sums = (a & 0xFFFF) + (b & 0xFFFF)
        carry = torch.zeros_like(sums[:, 0])
        digits = []
        for i in range(sums.shape[1]):
            here = sums[:, i] + carry
            digits.append(here & 0xFFFF)
            carry = here >> 16
        return torch.stack(digits, dim=1)
