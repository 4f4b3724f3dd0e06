import torch


# kernelagent: inputs=(torch.randn(6, 24),)
class PaddingRows(torch.nn.Module):
    """Rows of zeros alone are padding, and get -1."""

    def forward(self, x):
        is_padding = x.abs().sum(-1, keepdim=True) == 0
        return torch.where(is_padding, -1.0, 2 * x)
