import torch


# kernelagent: inputs=(torch.randn(100, 6, dtype=torch.float16),)
class Model(torch.nn.Module):
    def forward(self, x):
        return x.sum(0)
