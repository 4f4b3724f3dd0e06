import torch


# kernelagent: inputs=(torch.randn(90),)
class Model(torch.nn.Module):
    def forward(self, x):
        return x[x > 0.5]
