import torch
import torch.nn.functional as F


# kernelagent: inputs=(torch.randn(20, 9), torch.randint(0, 9, (20,)))
class Model(torch.nn.Module):
    def forward(self, x, t):
        assert x.shape[0] == t.shape[0]
        return F.cross_entropy(x, t)
