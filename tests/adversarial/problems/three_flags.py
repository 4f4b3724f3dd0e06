import torch


# kernelagent: inputs=(torch.randn(12, 20), False, False, False)
class Model(torch.nn.Module):
    def forward(self, x, square: bool, shift: bool, halve: bool):
        if square:
            x = x * x
        if shift:
            x = x + 1.5
        return x * 0.5 if halve else x
