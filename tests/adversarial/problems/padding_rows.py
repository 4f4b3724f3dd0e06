import torch


# kernelagent: inputs=(torch.randn(6, 24),)
class PaddingRows(torch.nn.Module):
    """Rows of zeros alone are padding, and get -1."""

    def __init__(self, width=24):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.linspace(1.0, 2.0, width))

    def forward(self, x):
        is_padding = x.abs().sum(-1, keepdim=True) == 0
        return torch.where(is_padding, -1.0, self.gain * x)
