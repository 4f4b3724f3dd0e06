import torch
from torch import nn
from torch.nn import functional as F


# kernelagent: inputs=(torch.randn(16, 40), torch.randint(0, 40, (16,)))
class CrossEntropy(nn.Module):
    def forward(self, logits, labels):
        return F.cross_entropy(logits, labels)
