import torch
from torch import nn
from torch.nn import functional as F


# kernelagent: inputs=(torch.randn(32, 100), torch.randint(0, 100, (32,)))
class CrossEntropy(nn.Module):
    def forward(self, logits, labels):
        return F.cross_entropy(logits, labels)
